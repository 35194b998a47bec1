import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Settings } from '@mpp/config';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type pg from 'pg';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { QUIET } from '../../../test/support/mpp.js';
import { until } from '../../../test/support/until.js';
import { PlatformModule } from '../platform.module.js';
import { Database, type PoolUse, type Tx } from './database.js';
import { describeTemporary } from './postgres-error.js';

const POOL_SIZE = 3;

interface Session {
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}

describe('the database', () => {
  let test: TestDatabase;
  let app: INestApplicationContext;
  let database: Database;
  /** A session of another process. */
  let other: pg.Client;

  beforeAll(async () => {
    // Its table is its own.
    test = await createDatabase({ applicationRole: false });
    await test.query('create table jars (name text primary key, coins int not null check (coins >= 0))');
    const settings = Settings.read({
      ...QUIET,
      DATABASE_URL: test.url,
      DATABASE_POOL_SIZE: String(POOL_SIZE),
      DATABASE_TIMEOUT_MS: '43210',
      KASPI_BASE_URL: 'http://127.0.0.1:9',
    });
    const root = { module: class Root {}, imports: [PlatformModule.with({ settings })] };
    app = await NestFactory.createApplicationContext(root, { logger: false });
    database = app.get(Database);
    other = await test.connect();
    // It never is the one that gives up.
    await other.query("set deadlock_timeout = '10min'");
  });

  afterAll(async () => {
    await other.end();
    await app.close();
    await test.drop();
  });

  beforeEach(async () => {
    await test.query('truncate jars');
    await test.query("insert into jars values ('left', 10), ('right', 10)");
  });

  const jars = async () =>
    Object.fromEntries(
      (await test.query<{ name: string; coins: number }>('select * from jars')).map(({ name, coins }) => [name, coins]),
    );
  const put = (session: Session, coins: number, jar: string) =>
    session.query('update jars set coins = coins + $1 where name = $2', [coins, jar]);
  const processOf = async (session: Pick<Tx, 'query'>) =>
    (await session.query<{ pid: number }[]>('select pg_backend_pid() as pid'))[0]?.pid;

  async function otherWaits(): Promise<void> {
    const { processID } = other as unknown as { processID: number };
    await until(
      'the other process waits for us',
      () => test.query('select 1 from pg_locks where pid = $1 and not granted', [processID]),
      (locks) => locks.length > 0,
    );
  }

  it('runs a transaction again that was rolled back for a deadlock: both transactions are committed once', async () => {
    await other.query('begin');
    await put(other, 100, 'right');
    let tries = 0;
    let theirs: Promise<unknown> = Promise.resolve();
    const result = await database.transaction(async (tx) => {
      tries++;
      await put(tx, 1, 'left');
      if (tries === 1) {
        theirs = put(other, 100, 'left').then(() => other.query('commit'));
        await otherWaits();
      }
      await put(tx, 1, 'right');
      return 'done';
    });
    await theirs;
    expect(result).toBe('done');
    // A third try if ours takes the row again before the other process, which waits for it, is woken.
    expect(tries).toBeGreaterThan(1);
    expect(await jars()).toEqual({ left: 111, right: 111 });
  });

  it('runs a single statement again that was rolled back for a deadlock', async () => {
    await test.query(`create function put_in_both() returns text language plpgsql as $$ begin
      update jars set coins = coins + 1 where name = 'left';
      perform pg_advisory_lock(1); perform pg_advisory_unlock(1);
      update jars set coins = coins + 1 where name = 'right';
      return 'done';
    end $$`);
    await other.query('begin');
    await put(other, 100, 'right');
    const gate = await test.connect();
    await gate.query('select pg_advisory_lock(1)');
    const ours = database.query('select put_in_both() as result');
    await until(
      'our statement waits at the gate',
      () => test.query("select 1 from pg_locks where locktype = 'advisory' and not granted and objid = 1"),
      (locks) => locks.length > 0,
    );
    const theirs = put(other, 100, 'left').then(() => other.query('commit'));
    await otherWaits();
    await gate.end();
    expect(await ours).toEqual([{ result: 'done' }]);
    await theirs;
    expect(await jars()).toEqual({ left: 111, right: 111 });
  });

  it('runs a transaction again after a serialization failure', async () => {
    const seen: number[] = [];
    await database.transaction(async (tx) => {
      await tx.query('set transaction isolation level repeatable read');
      const [row] = await tx.query<{ coins: number }[]>("select coins from jars where name = 'left'");
      seen.push(row?.coins ?? -1);
      if (seen.length === 1) await put(other, 100, 'left');
      await tx.query("update jars set coins = $1 where name = 'left'", [(row?.coins ?? -1) + 1]);
    });
    expect(seen).toEqual([10, 110]);
    expect(await jars()).toEqual({ left: 111, right: 10 });
  });

  it('gives up after four attempts with the error of the database, and stores nothing', async () => {
    let tries = 0;
    const work = database.transaction(async (tx) => {
      tries++;
      await tx.query('set transaction isolation level repeatable read');
      await put(tx, 1, 'right');
      await put(other, 100, 'left');
      await put(tx, 1, 'left');
    });
    await expect(work).rejects.toMatchObject({ driverError: { code: '40001' } });
    expect(tries).toBe(4);
    expect(await jars()).toEqual({ left: 410, right: 10 });
  });

  it.each([
    ['a violated constraint', (tx: Tx) => put(tx, -1000, 'right'), /jars_coins_check/],
    ['a syntax error', (tx: Tx) => tx.query('selekt'), /syntax error/],
    ['an error of the code', () => Promise.reject(new Error('changed our mind')), /^changed our mind$/],
  ])('throws at once for %s, and stores nothing of the transaction', async (_, fail, error) => {
    let tries = 0;
    const work = database.transaction(async (tx) => {
      tries++;
      await put(tx, 1, 'left');
      await fail(tx);
    });
    await expect(work).rejects.toThrow(error);
    expect(tries).toBe(1);
    expect(await jars()).toEqual({ left: 10, right: 10 });
  });

  it.each([
    ['57P01', 'ends'],
    ['57P03', 'ends'],
    ['08006', 'ends'],
    ['25006', 'ends'],
    ['55P03', 'stays'],
    ['23514', 'stays'],
  ])('the connection of a transaction that failed with %s %s', async (code, fate) => {
    let pid: number | undefined;
    const work = database.transaction(async (tx) => {
      pid = await processOf(tx);
      await tx.query(`do $$ begin raise exception 'raised by the test' using errcode = '${code}'; end $$`);
    });
    await expect(work).rejects.toMatchObject({ driverError: { code } });
    const connection = () => test.query('select 1 from pg_stat_activity where pid = $1', [pid]);
    if (fate === 'ends') await until('the connection is closed', connection, ({ length }) => length === 0);
    else expect(await connection()).toHaveLength(1);
  });

  const poolIs = (holds: (use: PoolUse) => boolean) => until('the use of the pool', () => database.use, holds);

  it('a connection that failed is not given to the next one who waits', async () => {
    const gate = await test.connect();
    await gate.query('select pg_advisory_lock(7)');
    const open = Array.from({ length: POOL_SIZE - 1 }, () =>
      database.transaction((tx) => tx.query('select pg_advisory_xact_lock_shared(7)')),
    );
    const failing = database.transaction(async (tx) => {
      await tx.query('select pg_advisory_xact_lock_shared(8)');
      await poolIs(({ waiting }) => waiting > 0);
      await tx.query(`do $$ begin raise exception 'raised by the test' using errcode = '57P01'; end $$`);
    });
    await poolIs(({ used }) => used === POOL_SIZE);
    const waiting = database.query('select 1 as one');
    await expect(failing).rejects.toMatchObject({ driverError: { code: '57P01' } });
    expect(await waiting).toEqual([{ one: 1 }]);
    await Promise.all([gate.end(), ...open]);
  });

  it('names the relation of a row that another transaction keeps locked', async () => {
    await other.query('begin');
    await put(other, 1, 'left');
    const work = database.transaction(async (tx) => {
      await tx.query("set local lock_timeout = '1ms'");
      await put(tx, 1, 'left');
    });
    const error = await work.then(() => null).catch((reason: unknown) => reason);
    await other.query('rollback');
    expect(describeTemporary(error)).toEqual({
      line: expect.stringMatching(/^another transaction keeps a lock: .+ in relation "jars"$/),
      busy: true,
    });
  });

  it('returns a connection to the pool after each transaction, committed or failed', async () => {
    for (let run = 0; run < 2 * POOL_SIZE; run++) {
      await expect(database.transaction((tx) => tx.query('selekt'))).rejects.toThrow('syntax error');
      await database.transaction((tx) => put(tx, 1, 'left'));
    }
    expect(await jars()).toEqual({ left: 10 + 2 * POOL_SIZE, right: 10 });
  });

  it('limits on every connection the time of a statement, of an idle transaction and of a wait for a lock', async () => {
    const limits: unknown[] = [];
    const processes = new Set<number | undefined>();
    let allOpen: () => void = () => undefined;
    const together = new Promise<void>((resolve) => {
      allOpen = resolve;
    });
    await Promise.all(
      Array.from({ length: POOL_SIZE }, () =>
        database.transaction(async (tx) => {
          processes.add(await processOf(tx));
          if (processes.size === POOL_SIZE) allOpen();
          await together;
          limits.push(...(await tx.query<unknown[]>(LIMITS)));
        }),
      ),
    );
    const expected = { statement: '43210ms', idle: '43210ms', lock: '10s' };
    expect(limits).toEqual([expected, expected, expected]);
    expect(await database.query(LIMITS)).toEqual([expected]);
  });
});

const LIMITS = `select current_setting('statement_timeout') as statement,
  current_setting('idle_in_transaction_session_timeout') as idle, current_setting('lock_timeout') as lock`;
