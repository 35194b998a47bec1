import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { Logger } from '@nestjs/common';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { happyKaspi, KaspiPeer } from '../../../test/support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../../../test/support/mpp.js';
import { ACCEPTED, PsRefunds } from '../../../test/support/ps-refunds.js';
import { TestClock } from '../../../test/support/test-clock.js';
import { Escalations } from './escalations.service.js';

const MINUTE = 60_000;
const METRICS_TOKEN = 'metrics-for-the-test';
const ALL = ['REFUND_HALF_TIME', 'REFUND_SHORT_OF_TIME', 'REFUND_OVERDUE'];

interface Listed extends Record<string, unknown> {
  refundId: string;
  status: string;
  timeLeftMs: number | null;
}

describe('a refund that cannot be credited', () => {
  const clock = new TestClock();
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let server: TestServer;
  let ps: PsRefunds;
  let purchases = 0;

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start(happyKaspi({ confirmUntil: null }));
    const env = {
      DATABASE_URL: database.url,
      KASPI_BASE_URL: kaspi.url,
      CONFIRM_WAIT_MS: '0',
      BACKGROUND_WORK: 'off',
      REFUND_CONCURRENCY: '1',
      METRICS_TOKEN,
    };
    server = await startTestServer(env, clock);
    ps = new PsRefunds(`${server.kaspiUrl}/refund`);
    await database.query(`
      create function test_no_credit() returns trigger language plpgsql as
        $$ begin raise exception 'the disk is full'; end $$`);
  });

  afterAll(async () => {
    await server.stop();
    await kaspi.close();
    await database.drop();
  });

  beforeEach(async () => {
    await works();
    clock.advance(MINUTE);
    await drain();
  });

  const fails = () =>
    database.query(
      `create trigger test_no_credit before insert on ledger_entries for each row
         when (new.purpose = 'REFUND') execute function test_no_credit()`,
    );
  const works = () => database.query('drop trigger if exists test_no_credit on ledger_entries');

  const drain = () => server.app.get(Outbox).drainOnce();
  const escalateDue = () => server.app.get(Escalations, { strict: false }).escalateDue();

  /** A customer who had 1000.00 and paid 100.00. */
  async function paid() {
    const alia = await server.mpp.customer();
    const qrCode = `late-${++purchases}`;
    const { id } = (await alia.scan(qrCode)).body.payment;
    await alia.confirm(id);
    await drain();
    expect((await alia.payment(id)).body.status).toBe('CONFIRMED');
    return { alia, id, purchase: { paymentId: `ps-${qrCode}`, customerId: alia.id } };
  }

  /** The refund is accepted now and every possible attempt is made. */
  async function promised(refundId: string) {
    const bought = await paid();
    expect(await ps.refund({ ...bought.purchase, refundId })).toMatchObject({ status: 200, result: ACCEPTED });
    await drain();
    return { ...bought, at: clock.now() };
  }

  /** Advances the clock minute by minute and returns the minutes with their alerts. */
  async function alertsUntil(refundId: string, minute: number, since: Date): Promise<[number, string[]][]> {
    const alerts: [number, string[]][] = [];
    let known = await alertsOf(refundId);
    while ((clock.now().getTime() - since.getTime()) / MINUTE < minute) {
      clock.advance(MINUTE);
      await escalateDue();
      await drain();
      const now = await alertsOf(refundId);
      const news = now.slice(known.length);
      if (news.length > 0) alerts.push([(clock.now().getTime() - since.getTime()) / MINUTE, news]);
      known = now;
    }
    return alerts;
  }

  async function alertsOf(refundId: string): Promise<string[]> {
    const rows = await database.query<{ kind: string }>('select kind from alerts where subject = $1 order by id', [
      refundId,
    ]);
    return rows.map(({ kind }) => kind);
  }

  async function operator<Body>(path: string) {
    const token = await server.mpp.teamToken('operations');
    return (await server.mpp.call<Body>('GET', `/ops/v1/${path}`, { token })).body;
  }

  const listed = async (query: string) => (await operator<{ items: Listed[] }>(`refunds?${query}`)).items;
  const story = (refundId: string) =>
    operator<Listed & { entries: unknown[]; messages: { attempts: number; lastError: string; status: string }[] }>(
      `refunds/${refundId}`,
    );

  async function metric(line: string): Promise<number> {
    const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
    const text = await (await fetch(`${server.publicUrl}/metrics`, { headers })).text();
    const found = text.split('\n').find((one) => one.startsWith(`${line} `));
    return Number(found?.slice(line.length));
  }

  const alerted = (kind: string) => metric(`mpp_alerts_total{kind="${kind}"}`);

  it('for forty minutes is alerted at half time, then credited once, and not alerted again', async () => {
    await fails();
    const { alia, at } = await promised('Forty');
    expect(await alertsUntil('Forty', 39, at)).toEqual([[30, ['REFUND_HALF_TIME']]]);
    const { messages, ...waiting } = await story('Forty');
    expect(waiting).toMatchObject({ status: 'ACCEPTED', timeLeftMs: 21 * MINUTE, overdue: false, entries: [] });
    expect(messages).toMatchObject([{ status: 'WAITING', lastError: expect.stringContaining('the disk is full') }]);
    // Attempts are at most a minute apart.
    expect(messages[0]?.attempts).toBeGreaterThanOrEqual(39);
    expect(await alia.balance()).toBe('900.00');
    expect(await listed('overdue=true')).toEqual([]);

    await works();
    expect(await alertsUntil('Forty', 90, at)).toEqual([]);
    expect(await alertsOf('Forty')).toEqual(['REFUND_HALF_TIME']);
    expect(await alia.balance()).toBe('1000.00');
    const credited = await story('Forty');
    expect(credited).toMatchObject({ status: 'CREDITED', timeLeftMs: null, overdue: false, entries: [{}] });
    expect(credited.creditedAt).toBe(new Date(at.getTime() + 40 * MINUTE).toISOString());
  });

  it('is overdue at 60:00: alerted once, counted, logged and listed, and still credited later', async () => {
    const log = jest.spyOn(Logger.prototype, 'error');
    const before = await Promise.all(ALL.map(alerted));
    await fails();
    const { alia, at } = await promised('Breach');
    expect(await alertsUntil('Breach', 59, at)).toEqual([
      [30, ['REFUND_HALF_TIME']],
      [48, ['REFUND_SHORT_OF_TIME']],
    ]);
    clock.advance(MINUTE - 1);
    expect(await escalateDue()).toBe(0);
    expect(await listed('overdue=true')).toEqual([]);
    clock.advance(1);
    // Two processes escalate at the same time as another attempt to credit.
    const [one, other] = await Promise.all([escalateDue(), escalateDue(), drain()]);
    // Both may skip the refund while the crediting has it locked; the alert is raised once all the same.
    expect(one + other + (await escalateDue())).toBe(1);
    expect(await escalateDue()).toBe(0);
    expect(await alertsOf('Breach')).toEqual(ALL);
    expect(await listed('overdue=true')).toMatchObject([{ refundId: 'Breach', timeLeftMs: 0, overdue: true }]);

    expect(await alertsUntil('Breach', 75, at)).toEqual([]);
    expect(await listed('overdue=true')).toMatchObject([
      { refundId: 'Breach', status: 'ACCEPTED', timeLeftMs: -15 * MINUTE, overdue: true },
    ]);
    expect(await listed(`overdue=true&customerId=${alia.id}&status=ACCEPTED`)).toHaveLength(1);
    expect(await listed('overdue=true&customerId=nobody')).toEqual([]);
    expect(await Promise.all(ALL.map(alerted))).toEqual(before.map((count) => count + 1));
    const lines = log.mock.calls.map(([line]) => String(line)).filter((line) => line.startsWith('REFUND_'));
    expect(lines.map((line) => line.split(':')[0])).toEqual(ALL.map((kind) => `${kind} Breach`));
    // The log contains no personal data.
    expect(lines.join()).not.toContain(alia.id);
    log.mockRestore();
    expect([await metric('mpp_refunds_waiting'), await metric('mpp_refunds_overdue')]).toEqual([1, 1]);

    await works();
    clock.advance(MINUTE);
    await drain();
    expect(await alia.balance()).toBe('1000.00');
    expect(await story('Breach')).toMatchObject({ status: 'CREDITED', timeLeftMs: null, overdue: false });
    expect(await listed('overdue=true')).toEqual([]);
    expect(await alertsOf('Breach')).toEqual(ALL);
    expect([await metric('mpp_refunds_waiting'), await metric('mpp_refunds_overdue')]).toEqual([0, 0]);
    expect(await metric('mpp_refund_credit_seconds_bucket{le="3600"}')).toBeLessThan(
      await metric('mpp_refund_credit_seconds_bucket{le="7200"}'),
    );
  });

  it('without escalations, and that is credited after its hour, raises all alerts with the credit', async () => {
    await fails();
    const { alia } = await promised('Unwatched');
    clock.advance(75 * MINUTE);
    await works();
    await drain();
    expect(await alia.balance()).toBe('1000.00');
    expect(await alertsOf('Unwatched')).toEqual(ALL);
    expect(await escalateDue()).toBe(0);
    expect(await alertsOf('Unwatched')).toEqual(ALL);
  });

  it('late, at the same time as an escalation, raises each alert once in any order', async () => {
    await fails();
    const names = ['Race1', 'Race2', 'Race3', 'Race4', 'Race5'];
    for (const name of names) await promised(name);
    clock.advance(75 * MINUTE);
    await works();
    await Promise.all([escalateDue(), drain(), escalateDue()]);
    for (const name of names) {
      expect([name, (await story(name)).status, await alertsOf(name)]).toEqual([name, 'CREDITED', ALL]);
    }
  });

  it('because there is no account stays in suspense while its hour goes on, and is released when there is one', async () => {
    const { alia, purchase } = await paid();
    await database.query(`update ledger_accounts set status = 'CLOSED' where id = $1`, [alia.account]);
    await ps.refund({ ...purchase, refundId: 'Suspense' });
    await drain();
    const at = clock.now();
    expect(await story('Suspense')).toMatchObject({ status: 'SUSPENDED', suspendedAt: at.toISOString() });
    expect(await metric('mpp_refunds_suspended')).toBe(1);
    expect(await alertsUntil('Suspense', 65, at)).toEqual([
      [30, ['REFUND_HALF_TIME']],
      [48, ['REFUND_SHORT_OF_TIME']],
      [60, ['REFUND_OVERDUE']],
    ]);
    expect(await listed('overdue=true')).toMatchObject([
      { refundId: 'Suspense', status: 'SUSPENDED', timeLeftMs: -5 * MINUTE },
    ]);
    await server.mpp.open(alia.id, '0.00');
    clock.advance(MINUTE);
    await drain();
    expect(await story('Suspense')).toMatchObject({
      status: 'CREDITED',
      entries: [{ purpose: 'REFUND' }, { purpose: 'REFUND_RELEASE' }],
    });
    expect(await alia.balance()).toBe('100.00');
    expect(await alertsOf('Suspense')).toEqual(['REFUND_IN_SUSPENSE', ...ALL, 'REFUND_TO_OTHER_ACCOUNT']);
    expect((await server.mpp.trialBalance()).balanced).toBe(true);
  });

  it('is tried before refunds with a later deadline, even if those have been due for longer', async () => {
    await fails();
    const names = ['First', 'Second', 'Third', 'Fourth'];
    for (const name of names) {
      await promised(name);
      clock.advance(MINUTE);
    }
    // All are due, the latest refund for the longest time.
    await database.query(
      `update outbox_messages set next_attempt_at = $1::timestamptz - (deadline - created_at) - (created_at - 'epoch')`,
      [clock.now()],
    );
    await works();
    const [last] = await database.query<{ id: string }>('select coalesce(max(id), 0) as id from ledger_entries');
    await drain();
    const order = await database.query<{ name: string }>(
      `select r.refund_id as name from ledger_entries e join refunds r on r.id::text = e.reference
       where e.id > $1 order by e.id`,
      [last?.id],
    );
    expect(order.map(({ name }) => name)).toEqual(names);
  });

  it('together with hundreds of others is alerted by one escalation of all of them', async () => {
    const { id } = await paid();
    await database.query(
      `with refunded as (update qr_payments set refunded_amount = 450, version = version + 1 where id = $1 returning *)
       insert into refunds (id, refund_id, fingerprint, result_code, result_message, status, customer_id,
         kaspi_payment_id, payment_id, amount, account_id, credit_by, next_escalation_at, created_at)
       select gen_random_uuid(), 'Many' || n, 'f', 'SUCCESS', 'success', 'ACCEPTED', customer_id, kaspi_payment_id, id, 1,
         account_id, $2::timestamptz + interval '1 hour', $2::timestamptz + interval '30 minutes', $2
       from refunded, generate_series(1, 450) n`,
      [id, clock.now()],
    );
    clock.advance(30 * MINUTE);
    const counts = await Promise.all([escalateDue(), escalateDue()]);
    expect((counts[0] ?? 0) + (counts[1] ?? 0) + (await escalateDue())).toBe(450);
    clock.advance(30 * MINUTE);
    expect(await escalateDue()).toBe(900);
    expect(await escalateDue()).toBe(0);
    const [{ count } = { count: 0 }] = await database.query<{ count: number }>(
      `select count(*)::int as count from alerts where subject like 'Many%'`,
    );
    expect(count).toBe(1350);
  });
});
