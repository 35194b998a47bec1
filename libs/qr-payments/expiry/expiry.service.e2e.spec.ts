import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { SchedulerRegistry } from '@nestjs/schedule';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { happyKaspi, KaspiPeer } from '../../../test/support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../../../test/support/mpp.js';
import { TestClock } from '../../../test/support/test-clock.js';
import { until } from '../../../test/support/until.js';
import { Expiry } from './expiry.service.js';

const HOUR = 3_600_000;
const ALIA = '900900000001';
const NAME = 'payment-expiry';
/** Number of the advisory lock at which a batch can be stopped. */
const GATE = 4711;

describe('payments without a confirm', () => {
  const clock = new TestClock();
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let server: TestServer;

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start(happyKaspi({ confirmUntil: null }));
    const env = { DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url, CONFIRM_WAIT_MS: '0', BACKGROUND_WORK: 'off' };
    server = await startTestServer(env, clock);
    await server.mpp.open(ALIA, '100000.00');
  });

  afterAll(async () => {
    await server.stop();
    await kaspi.close();
    await database.drop();
  });

  beforeEach(async () => {
    clock.advance(HOUR);
    await expireDue();
  });

  const expireDue = () => server.app.get(Expiry, { strict: false }).expireDue();
  const alia = () => server.mpp.as(ALIA);

  async function scan(count: number, name: string): Promise<string[]> {
    const app = await alia();
    const answers = await Promise.all(Array.from({ length: count }, (_, index) => app.scan(`${name}-${index}`)));
    return answers.map(({ body }) => body.payment.id);
  }

  /** Scanned an hour ago, and overdue since. */
  async function due(count: number, name: string): Promise<void> {
    await database.query(
      `insert into qr_payments (id, kaspi_payment_id, customer_id, qr_code_type, status, amount, answered_at, expires_at,
         created_at, updated_at)
       select gen_random_uuid(), $1 || n, $1, 'Dynamic', 'AWAITING_CONFIRMATION', 10000, $2, $2, $2, $2
       from generate_series(1, $3::int) n`,
      [name, new Date(clock.now().getTime() - HOUR), count],
    );
  }

  const statuses = async (customer: string) =>
    Object.fromEntries(
      (
        await database.query<{ status: string; count: number }>(
          'select status, count(*)::int as count from qr_payments where customer_id = $1 group by 1',
          [customer],
        )
      ).map(({ status, count }) => [status, count]),
    );

  it('expire and are counted; no notify is sent', async () => {
    const app = await alia();
    const [id = ''] = await scan(1, 'alone');
    expect(await expireDue()).toBe(0);
    clock.advance(HOUR);
    expect((await app.payment(id)).body.status).toBe('AWAITING_CONFIRMATION');
    expect(await expireDue()).toBe(1);
    expect((await app.payment(id)).body).toMatchObject({ status: 'EXPIRED', failure: { code: 'CONFIRMED_TOO_LATE' } });
    expect((await app.confirm(id)).body.status).toBe('EXPIRED');
    expect(kaspi.of('notifyPayment')).toEqual([]);
    expect(await expireDue()).toBe(0);
  });

  it('ten thousand expire, each once, while other payments are confirmed', async () => {
    const app = await alia();
    const ids = await scan(30, 'second');
    await due(10_000, 'many');
    // The first batch waits halfway until half of the others are confirmed.
    await database.query(`
      create function wait_at_gate() returns trigger language plpgsql as $$
      begin perform pg_advisory_xact_lock_shared(${GATE}); return null; end $$;
      create trigger wait_at_gate after update on qr_payments for each row
        when (new.status = 'EXPIRED' and new.kaspi_payment_id = 'many1') execute function wait_at_gate()`);
    const gate = await database.connect();
    await gate.query('select pg_advisory_lock($1)', [GATE]);
    const expiring = expireDue();
    await until(
      'a batch waits halfway',
      () => database.query("select 1 from pg_locks where locktype = 'advisory' and not granted"),
      (locks) => locks.length > 0,
    );
    for (const [index, id] of ids.entries()) {
      if (index === 15) await gate.end();
      expect([200, 202]).toContain((await app.confirm(id)).status);
    }
    expect(await expiring).toBe(10_000);

    expect(await statuses('many')).toEqual({ EXPIRED: 10_000 });
    const [written] = await database.query(
      `select count(*)::int as lines, count(distinct payment_id)::int as payments, min(version) as first, max(version) as last
       from qr_payment_history where status = 'EXPIRED' and payment_id in (select id from qr_payments where customer_id = 'many')`,
    );
    expect(written).toEqual({ lines: 10_000, payments: 10_000, first: 1, last: 1 });
    await server.app.get(Outbox, { strict: false }).drainOnce();
    expect(await statuses(ALIA)).toMatchObject({ CONFIRMED: 30 });
    expect(await app.balance()).toBe('97000.00');
  });

  it('delay no one while a batch is written: other customers scan, confirm and cancel', async () => {
    const app = await alia();
    const [first = '', second = ''] = await scan(2, 'held');
    await due(600, 'set');
    const other = await database.connect();
    await other.query('begin');
    const { rowCount } = await other.query('select qr_payments_expire($1, 500)', [clock.now()]);
    expect(rowCount).toBe(500);
    // Not committed yet: a wait for it would never end.
    expect([200, 202]).toContain((await app.confirm(first)).status);
    expect((await app.cancel(second)).body.status).toBe('CANCELLED');
    expect((await app.scan('held-new')).status).toBe(201);
    expect(await expireDue()).toBe(100);
    await other.query('rollback');
    await other.end();
    expect(await expireDue()).toBe(500);
    expect(await statuses('set')).toEqual({ EXPIRED: 600 });
  });

  it('that get a late confirm at the same moment expire once and are not debited', async () => {
    const app = await alia();
    const ids = await scan(20, 'race');
    const balance = await app.balance();
    clock.advance(HOUR);
    const [count, ...answers] = await Promise.all([expireDue(), ...ids.map((id) => app.confirm(id))]);
    expect(count).toBeLessThanOrEqual(20);
    expect(answers.map(({ status, body }) => [status, body.status])).toEqual(ids.map(() => [200, 'EXPIRED']));
    const lines = await database.query(
      "select payment_id from qr_payment_history where payment_id = any($1) and status = 'EXPIRED'",
      [ids],
    );
    expect(lines.map(({ payment_id }) => payment_id).sort()).toEqual([...ids].sort());
    expect(await app.balance()).toBe(balance);
  });

  it('expire by themselves in a process with background work, and in no other', async () => {
    const onSchedule = (of: TestServer) => of.app.get(SchedulerRegistry, { strict: false }).doesExist('interval', NAME);
    expect(onSchedule(server)).toBe(false);
    await due(3, 'scheduled');
    const env = { DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url, EXPIRY_POLL_MS: '10' };
    const worker = await startTestServer(env, clock);
    try {
      expect(onSchedule(worker)).toBe(true);
      await until(
        'they expire',
        () => statuses('scheduled'),
        ({ EXPIRED }) => EXPIRED === 3,
      );
    } finally {
      await worker.stop();
    }
    expect(onSchedule(worker)).toBe(false);
  });
});
