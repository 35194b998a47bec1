import { afterAll, beforeAll, expect } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { TestGateway } from '../support/gateway.js';
import { happyKaspi, KaspiPeer } from '../support/kaspi-peer.js';
import { startTestServer } from '../support/mpp.js';
import type { TestClock } from '../support/test-clock.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** A scripted PS and a gateway for servers with different database roles, for one spec file: registers the hooks that start and stop them. */
export function roleFixture() {
  const gateway = new TestGateway();
  const fixture = { gateway } as { gateway: TestGateway; kaspi: KaspiPeer };
  let gatewayUrl = '';

  beforeAll(async () => {
    fixture.kaspi = await KaspiPeer.start();
    gatewayUrl = await gateway.listen();
  });

  afterAll(async () => {
    await gateway.close();
    await fixture.kaspi?.close();
  });

  function settings(urls: { DATABASE_URL: string; DATABASE_MIGRATION_URL?: string }): Record<string, string> {
    return {
      MIGRATE_ON_START: 'on',
      ...urls,
      KASPI_BASE_URL: fixture.kaspi.url,
      NOTIFICATION_URL: gatewayUrl,
      NOTIFICATION_SECRET: SECRET,
      BACKGROUND_WORK: 'off',
      CONFIRM_WAIT_MS: '0',
      IN_DOUBT_AFTER_MS: '60000',
    };
  }

  /** A server on a clock that the test moves. */
  async function start(urls: Parameters<typeof settings>[0], clock: TestClock) {
    const server = await startTestServer(settings(urls), clock);
    const scans = happyKaspi({ confirmUntil: null });
    const drain = () => server.app.get(Outbox).drainOnce();
    const operator = async (method: string, path: string, body?: object) => {
      const token = await server.mpp.teamToken('operations', 'accounting', 'admin');
      const answer = await server.mpp.call(method, `/ops/v1/${path}`, { token, ...(body && { body }) });
      expect({ path, status: answer.status }).toEqual({ path, status: answer.status < 300 ? answer.status : 200 });
      return answer.body as Record<string, never> & { items: Record<string, string>[] };
    };
    let purchases = 0;
    /** A customer with 1000.00 who has scanned a purchase of 100.00. */
    const scanned = async (kind = 'dynamic') => {
      const alia = await server.mpp.customer();
      const qrCode = `${kind}-${clock.now().getTime()}-${++purchases}`;
      const { id } = (await alia.scan(qrCode)).body.payment;
      return { alia, id, purchase: { paymentId: `ps-${qrCode}`, customerId: alia.id } };
    };
    const paid = async () => {
      fixture.kaspi.script = scans;
      const payment = await scanned();
      await payment.alia.confirm(payment.id);
      await drain();
      expect((await payment.alia.payment(payment.id)).body.status).toBe('CONFIRMED');
      return payment;
    };
    return { server, scans, drain, operator, scanned, paid };
  }

  return { fixture, settings, start };
}

export type RoleServer = Awaited<ReturnType<ReturnType<typeof roleFixture>['start']>>;

export const statusOf = async ({ alia, id }: Awaited<ReturnType<RoleServer['scanned']>>) =>
  (await alia.payment(id)).body.status;

export async function expectBooks({ server }: Pick<RoleServer, 'server'>): Promise<void> {
  expect(await server.mpp.trialBalance()).toMatchObject({ balanced: true });
}
