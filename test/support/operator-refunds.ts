import { afterAll, beforeAll, beforeEach, expect } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { createDatabase, type TestDatabase } from './database.js';
import { happyKaspi, KaspiPeer } from './kaspi-peer.js';
import { type Answer, startTestServer, type TestServer } from './mpp.js';
import type { Problem } from './problems.js';
import { ACCEPTED, PsRefunds } from './ps-refunds.js';
import { TestClock } from './test-clock.js';

export type Part = Record<string, unknown>;
export interface RefundDetails extends Part {
  refundId: string;
  status: string;
  calls: Part[];
  entries: Part[];
  messages: (Part & { id: string })[];
  alerts: Part[];
  audit: Part[];
}
export interface RefundPage extends Part {
  items: (Part & { refundId: string })[];
  nextCursor: string | null;
}

export const MINUTE = 60_000;

/** A server with the calls of operators on refunds, for a spec file of its own: registers the hooks of its life. */
export function operatorRefunds() {
  const clock = new TestClock();
  const world = {} as {
    database: TestDatabase;
    kaspi: KaspiPeer;
    server: TestServer;
    ps: PsRefunds;
    /** The token of an operator of this name. */
    aigerim: string;
  };
  let purchases = 0;

  beforeAll(async () => {
    world.database = await createDatabase();
    world.kaspi = await KaspiPeer.start();
    const env = {
      DATABASE_URL: world.database.url,
      KASPI_BASE_URL: world.kaspi.url,
      BACKGROUND_WORK: 'off',
      CONFIRM_WAIT_MS: '0',
    };
    world.server = await startTestServer(env, clock);
    world.ps = new PsRefunds(`${world.server.kaspiUrl}/refund`);
    const named = { roles: ['operations'], name: 'aigerim' };
    world.aigerim = (await world.server.mpp.call<{ token: string }>('POST', '/dev/token', { body: named })).body.token;
  });

  afterAll(async () => {
    await world.server.stop();
    await world.kaspi.close();
    await world.database.drop();
  });

  beforeEach(async () => {
    world.kaspi.script = happyKaspi({ confirmUntil: null });
    clock.advance(MINUTE);
    await drain();
  });

  const drain = () => world.server.app.get(Outbox).drainOnce();

  /** A customer who had 1000.00 and paid 100.00. */
  async function paid() {
    const alia = await world.server.mpp.customer();
    const qrCode = `asked-${++purchases}`;
    const { id } = (await alia.scan(qrCode)).body.payment;
    await alia.confirm(id);
    await drain();
    return { alia, id, purchase: { paymentId: `ps-${qrCode}`, customerId: alia.id } };
  }

  async function close(account: string) {
    await world.database.query(`update ledger_accounts set status = 'CLOSED' where id = $1`, [account]);
  }

  /** Accepted and in suspense: its customer has no open account. */
  async function suspended(refundId: string) {
    const bought = await paid();
    await close(bought.alia.account);
    await world.ps.refund({ ...bought.purchase, refundId, refundAmount: '30.00' });
    await drain();
    return bought;
  }

  /** A credited refund of 30.00 of a new payment. */
  async function credited(refundId: string) {
    const bought = await paid();
    expect((await world.ps.refund({ ...bought.purchase, refundId, refundAmount: '30.00' })).result).toEqual(ACCEPTED);
    await drain();
    return bought;
  }

  const as = (role: string) => world.server.mpp.teamToken(role);
  const get = async <Body = Problem>(path: string, role = 'support'): Promise<Answer<Body>> =>
    world.server.mpp.call<Body>('GET', `/ops/v1/${path}`, { token: await as(role) });
  const post = <Body = Problem & RefundDetails>(path: string, body?: unknown): Promise<Answer<Body>> =>
    world.server.mpp.call<Body>('POST', `/ops/v1/refunds/${path}`, {
      token: world.aigerim,
      ...(body !== undefined && { body }),
    });
  const detailsOf = async (refundId: string) =>
    (await get<RefundDetails>(`refunds/${encodeURIComponent(refundId)}`)).body;
  const found = async (query: string) => {
    const { status, body } = await get<RefundPage>(`refunds?${query}`);
    expect(status).toBe(200);
    return body.items.map(({ refundId }) => refundId);
  };
  const redirect = (refundId: string, accountId: string, reason = 'case 4712') =>
    post(`${refundId}/redirect`, { accountId, reason });

  return { world, clock, drain, paid, close, suspended, credited, as, get, post, detailsOf, found, redirect };
}
