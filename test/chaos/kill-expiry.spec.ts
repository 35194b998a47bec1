import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

const BATCH = 20;
/** The statement stops before it writes the history of this payment. */
const MIDDLE = 10;
const GATE = 4711;

/**
 * A server dies while PostgreSQL is in the middle of a batch: a gate in the test's database stops the statement between two
 * rows. PostgreSQL notices the death of a client only when it answers.
 */
describe('kill -9 in the middle of the expiry of payments', () => {
  let database: TestDatabase;
  let gate: pg.Client;
  /** Killed by the next test, which starts another one. */
  let server: ServerProcess;

  const start = () =>
    ServerProcess.start({
      DATABASE_URL: database.url,
      KASPI_BASE_URL: 'http://127.0.0.1:9',
      EXPIRY_POLL_MS: '30',
      DATABASE_TIMEOUT_MS: '60000',
    });

  beforeAll(async () => {
    database = await createDatabase();
    // The trigger sleeps: it could wait for a lock only as long as the server's lock_timeout.
    await database.query('create sequence lines');
    await database.query(`create function stop_in_the_middle() returns trigger language plpgsql as $$ begin
      if nextval('lines') = ${MIDDLE} then
        while not pg_try_advisory_xact_lock_shared(${GATE}) loop perform pg_sleep(0.01); end loop;
      end if;
      return new;
    end $$`);
    await database.query(`create trigger stop_in_the_middle before insert on qr_payment_history for each row
      when (new.status = 'EXPIRED') execute function stop_in_the_middle()`);
    gate = await database.connect();
    server = await start();
  });

  afterAll(async () => {
    await server.kill();
    await gate.end();
    await database.drop();
  });

  /** Payments that have been overdue for long; one batch has them all. */
  const due = async (count: number): Promise<string[]> =>
    (
      await database.query<{ id: string }>(
        `insert into qr_payments (id, kaspi_payment_id, customer_id, qr_code_type, status, amount, answered_at, expires_at,
           created_at, updated_at)
         select gen_random_uuid(), gen_random_uuid(), '900900000001', 'Dynamic', 'AWAITING_CONFIRMATION', 10000, at, at, at, at
         from (select timestamptz '2026-03-10 06:00:00Z' + n * interval '1 second' as at from generate_series(1, $1::int) n) t
         returning id`,
        [count],
      )
    ).map(({ id }) => id);

  const stoppedStatements = () =>
    database.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'
       and query like '%qr_payments_expire%'`,
    );

  /** A half-written batch whose server is dead, while another server runs. */
  async function halfWritten(): Promise<{ ids: string[]; pid: number | undefined }> {
    await database.query('alter sequence lines restart');
    await gate.query('select pg_advisory_lock($1)', [GATE]);
    const ids = await due(BATCH);
    const [statement] = await until('the middle', stoppedStatements, ({ length }) => length === 1);
    await server.kill();
    server = await start();
    expect(await stoppedStatements()).toEqual([statement]);
    return { ids, pid: statement?.pid };
  }
  const openGate = () => gate.query('select pg_advisory_unlock($1)', [GATE]);

  /** The distinct states of these payments with the history of their expiry. */
  const statesOf = async (ids: string[]) => {
    const rows = await database.query(
      `select p.status, p.version, count(h.*)::int as lines, bool_and(h.version = 1 and h.at = p.updated_at) as "same"
       from qr_payments p left join qr_payment_history h on h.payment_id = p.id and h.status = 'EXPIRED'
       where p.id = any($1) group by p.id`,
      [ids],
    );
    expect(rows).toHaveLength(ids.length);
    return [...new Set(rows.map((row) => JSON.stringify(row)))].map((row) => JSON.parse(row));
  };
  const WAITING = { status: 'AWAITING_CONFIRMATION', version: 0, lines: 0, same: null };
  const ENDED = { status: 'EXPIRED', version: 1, lines: 1, same: true };

  async function expectEnded(ids: string[]): Promise<void> {
    await until(
      'EXPIRED',
      () => statesOf(ids),
      (all) => all.every(({ status }) => status === 'EXPIRED'),
    );
    expect(await statesOf(ids)).toEqual([ENDED]);
  }
  const endedByServer = (ids: string[]) =>
    ids.filter((id) => server.lines.some((line) => line.includes(`${id} EXPIRED`)));

  it('leaves nothing half-written; the other server expires later payments meanwhile, and these once the dead connection is gone', async () => {
    const { ids, pid } = await halfWritten();
    expect(await statesOf(ids)).toEqual([WAITING]);
    await expectEnded(await due(1));
    expect(await statesOf(ids)).toEqual([WAITING]);

    expect(await database.query('select pg_terminate_backend($1, 10000) as gone', [pid])).toEqual([{ gone: true }]);
    await openGate();
    await expectEnded(ids);
    await until(
      'the log lines',
      () => endedByServer(ids),
      ({ length }) => length === BATCH,
    );
  });

  it('or PostgreSQL completes the batch, each payment once, and nothing is left to the other server', async () => {
    const { ids } = await halfWritten();
    expect(await statesOf(ids)).toEqual([WAITING]);
    await openGate();
    await expectEnded(ids);
    await expectEnded(await due(1));
    expect(endedByServer(ids)).toEqual([]);
    expect(await statesOf(ids)).toEqual([ENDED]);
  });
});
