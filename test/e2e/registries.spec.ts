import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { RegistryProcessing } from '@mpp/registries';
import { type RunningSimulator, startSimulator } from '../../apps/kaspi-simulator/start.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import type { DiscrepancyBody, RegistryBody } from '../support/registry-fixture.js';
import { TestClock } from '../support/test-clock.js';

interface Planted {
  readonly plant: string;
  readonly operationId: string | null;
  readonly mppPaymentId: string | null;
  readonly row: number | null;
}

const MINUTE = 60_000;
const IN_DOUBT_AFTER_MS = 5 * MINUTE;
/** The kind of discrepancy for each difference that the simulator plants. */
const KINDS: Readonly<Record<string, string>> = {
  'missing-at-kaspi': 'MISSING_AT_KASPI',
  'missing-at-mpp': 'MISSING_AT_MPP',
  amount: 'AMOUNT_MISMATCH',
  status: 'STATUS_MISMATCH',
  customer: 'CUSTOMER_MISMATCH',
  fee: 'FEE_MISMATCH',
  duplicate: 'DUPLICATE_ROW',
  total: 'TOTAL_MISMATCH',
};

describe('the simulator’s registries', () => {
  const clock = new TestClock();
  let database: TestDatabase;
  let simulator: RunningSimulator;
  let server: TestServer;

  beforeAll(async () => {
    database = await createDatabase();
    simulator = await startSimulator({ port: 0, storeFile: null, clock, refundUrl: () => `${server.kaspiUrl}/refund` });
    const env = {
      DATABASE_URL: database.url,
      KASPI_BASE_URL: simulator.url,
      BACKGROUND_WORK: 'off',
      CONFIRM_WAIT_MS: '3000',
      KASPI_TIMEOUT_MS: '5000',
      IN_DOUBT_AFTER_MS: String(IN_DOUBT_AFTER_MS),
    };
    server = await startTestServer(env, clock);
  });
  afterAll(async () => {
    await server.stop();
    await simulator.stop();
    await database.drop();
  });

  const accounting = async <Body extends Record<string, unknown>>(method: string, path: string, body?: unknown) =>
    server.mpp.call<Body>(method, `/ops/v1/${path}`, { token: await server.mpp.teamToken('accounting'), body });

  async function buy(amount: string): Promise<{ id: string; purchase: string }> {
    const shop = await fetch(`${simulator.url}/pos/qr`, {
      method: 'POST',
      body: JSON.stringify({ type: 'Dynamic', amount }),
    });
    const { qrCode } = (await shop.json()) as { qrCode: string };
    const alia = await server.mpp.customer('100000.00');
    const { payment } = (await alia.scan(qrCode)).body;
    await alia.confirm(payment.id);
    clock.advance(1000);
    return { id: payment.id, purchase: simulator.purchases(alia.id)[0]?.paymentId ?? '' };
  }

  async function registry(
    path: string,
  ): Promise<{ planted: Planted[]; registry: RegistryBody; found: DiscrepancyBody[] }> {
    const response = await fetch(`${simulator.url}/registry/${path}`);
    expect(response.status).toBe(200);
    const { body } = await server.mpp.upload(new Uint8Array(await response.arrayBuffer()), 'registry.xlsx');
    await server.app.get(RegistryProcessing, { strict: false }).drainOnce();
    const found = await accounting<{ items: DiscrepancyBody[] }>('GET', `registries/${body.id}/discrepancies`);
    return {
      planted: JSON.parse(response.headers.get('x-planted') ?? '[]') as Planted[],
      registry: (await accounting<RegistryBody>('GET', `registries/${body.id}`)).body,
      found: found.body.items,
    };
  }

  const statusOf = async (id: string) =>
    (
      await database.query<{ status: string; settled_by: string }>(
        'select status, settled_by from qr_payments where id = $1',
        [id],
      )
    )[0];

  it('agree with the books to the tiyn, refunds and a lost answer included, and ДА confirms the payment in doubt', async () => {
    const bought = [];
    for (const amount of ['16900.00', '1650.00', '1630.00', '99.50', '250.00']) bought.push(await buy(amount));
    simulator.faults.set({ notifyPayment: [{ do: 'lose' }] });
    const lost = await buy('777.00');
    clock.advance(IN_DOUBT_AFTER_MS);
    await server.app.get(Outbox).drainOnce();
    expect(await statusOf(lost.id)).toMatchObject({ status: 'IN_DOUBT' });
    await simulator.refund(bought[0]?.purchase ?? '', '900.00');
    await simulator.refund(bought[0]?.purchase ?? '', '100.00');
    await simulator.refund(bought[1]?.purchase ?? '', '1650.00');
    await server.app.get(Outbox).drainOnce();

    const { registry: daily, found } = await registry('daily.xlsx?date=2026-03-10');
    expect(found).toEqual([]);
    expect(daily).toMatchObject({ status: 'RECONCILED', rows: 9, matched: 9, sums: { amount: '18656.50' } });
    expect(await statusOf(lost.id)).toEqual({ status: 'CONFIRMED', settled_by: 'REGISTRY' });
    simulator.faults.clear();
  });

  it('with a missing row report it until the complete registry arrives', async () => {
    clock.advance(24 * 60 * MINUTE);
    const bought = [await buy('10.00'), await buy('20.00')];
    const first = await registry('daily.xlsx?date=2026-03-11&plant=missing-at-kaspi:2');
    expect(first.found.map(({ kind, mppPaymentId }) => [kind, mppPaymentId])).toEqual([
      ['MISSING_AT_KASPI', bought[1]?.id],
    ]);
    await registry('daily.xlsx?date=2026-03-11');
    const [closed] = (
      await accounting<{ items: DiscrepancyBody[] }>('GET', `registries/${first.registry.id}/discrepancies`)
    ).body.items;
    expect(closed).toMatchObject({ status: 'EXPLAINED' });
  });

  it('of the month agree with its days', async () => {
    const { registry: monthly, found } = await registry('monthly.xlsx?month=2026-03');
    expect(monthly).toMatchObject({ kind: 'MONTHLY', rows: 11, matched: 11 });
    expect(found).toEqual([]);
  });

  it('and the participant’s own registry of the same day has no discrepancy', async () => {
    const authorization = `Bearer ${await server.mpp.teamToken('accounting')}`;
    const own = await fetch(`${server.publicUrl}/ops/v1/reports/daily?date=2026-03-10`, { headers: { authorization } });
    const { body } = await server.mpp.upload(new Uint8Array(await own.arrayBuffer()), 'own.xlsx');
    await server.app.get(RegistryProcessing, { strict: false }).drainOnce();
    const read = (await accounting<RegistryBody>('GET', `registries/${body.id}`)).body;
    expect(read).toMatchObject({
      status: 'RECONCILED',
      kind: 'DAILY',
      rows: 9,
      matched: 9,
      rowErrors: 0,
      sums: { amount: '18656.50' },
    });
  });

  it.each(['text', 'numeric'])(
    'as %s cells: exactly the planted differences are found, in their rows',
    async (cells) => {
      const plants = Object.keys(KINDS).join(',');
      const {
        planted,
        found,
        registry: daily,
      } = await registry(`daily.xlsx?date=2026-03-10&cells=${cells}&plant=${plants}`);
      expect(planted.map(({ plant }) => plant).sort()).toEqual(Object.keys(KINDS).sort());
      const findingAt = (kind: string, row: number | null) => `${kind} at ${row ?? 'no row'}`;
      const expected = planted
        // The day's first registry has the operation, so it is not missing from all registries of the day.
        .filter(({ plant }) => plant !== 'missing-at-kaspi')
        .map(({ plant, row }) => findingAt(KINDS[plant] ?? plant, row));
      expect(found.map(({ kind, row }) => findingAt(kind, row)).sort()).toEqual(expected.sort());
      expect(daily.openDiscrepancies).toBe(found.length);
    },
  );
});
