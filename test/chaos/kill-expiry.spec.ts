import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

const BATCH = 20;
/** The statement stands still before it writes the history of this one. */
const MIDDLE = 10;
const GATE = 4711;

/**
 * A server dies while PostgreSQL is in the middle of the batch that it asked for: a gate in the test's database holds the
 * statement between two of its rows. PostgreSQL notices such a death no sooner than it answers.
 */
describe('kill -9 in the middle of ending what nobody confirmed', () => {
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
    // It sleeps: for a lock it would wait no longer than the server's lock_timeout.
    await database.query('create sequence lines');
    await database.query(`create function stand_still() returns trigger language plpgsql as $$ begin
      if nextval('lines') = ${MIDDLE} then
        while not pg_try_advisory_xact_lock_shared(${GATE}) loop perform pg_sleep(0.01); end loop;
      end if;
      return new;
    end $$`);
    await database.query(`create trigger stand_still before insert on qr_payment_history for each row
      when (new.status = 'EXPIRED') execute function stand_still()`);
    gate = await database.connect();
    server = await start();
  });

  afterAll(async () => {
    await server.kill();
    await gate.end();
    await database.drop();
  });

  /** Payments whose time has long been over; they are found together. */
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

  const standingStill = () =>
    database.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'
       and query like '%qr_payments_expire%'`,
    );

  /** A batch that is half written, and whose server is dead; another one runs. */
  async function halfWritten(): Promise<{ ids: string[]; pid: number | undefined }> {
    await database.query('alter sequence lines restart');
    await gate.query('select pg_advisory_lock($1)', [GATE]);
    const ids = await due(BATCH);
    const [statement] = await until('the middle', standingStill, ({ length }) => length === 1);
    await server.kill();
    server = await start();
    expect(await standingStill()).toEqual([statement]);
    return { ids, pid: statement?.pid };
  }
  const openGate = () => gate.query('select pg_advisory_unlock($1)', [GATE]);

  /** What is to be seen of each: its status and what its history says of its end. */
  const seen = async (ids: string[]) => {
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
      () => seen(ids),
      (all) => all.every(({ status }) => status === 'EXPIRED'),
    );
    expect(await seen(ids)).toEqual([ENDED]);
  }
  const endedByServer = (ids: string[]) =>
    ids.filter((id) => server.lines.some((line) => line.includes(`${id} EXPIRED`)));

  it('leaves nothing half; another server ends the others meanwhile, and these once the dead one’s connection is gone', async () => {
    const { ids, pid } = await halfWritten();
    expect(await seen(ids)).toEqual([WAITING]);
    await expectEnded(await due(1));
    expect(await seen(ids)).toEqual([WAITING]);

    expect(await database.query('select pg_terminate_backend($1, 10000) as gone', [pid])).toEqual([{ gone: true }]);
    await openGate();
    await expectEnded(ids);
    await until(
      'told in its log',
      () => endedByServer(ids),
      ({ length }) => length === BATCH,
    );
  });

  it('or is carried to its end by PostgreSQL, each payment once, and nothing is left to the other server', async () => {
    const { ids } = await halfWritten();
    expect(await seen(ids)).toEqual([WAITING]);
    await openGate();
    await expectEnded(ids);
    await expectEnded(await due(1));
    expect(endedByServer(ids)).toEqual([]);
    expect(await seen(ids)).toEqual([ENDED]);
  });
});
