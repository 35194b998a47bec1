import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type AccountId, type CustomerId, Money } from '@mpp/kernel';
import { Database } from '@mpp/platform';
import { Logger } from '@nestjs/common';
import type pg from 'pg';
import { createDatabase, type TestDatabase } from '../../test/support/database.js';
import { startTestServer, type TestServer } from '../../test/support/mpp.js';
import { until } from '../../test/support/until.js';
import { SHARED_ACCOUNTS } from './domain/chart.js';
import { JournalCheck } from './journal-check.js';
import { JournalSeals } from './journal-seals.service.js';
import { Ledger } from './ledger.service.js';
import { horizonOf } from './persistence/horizon.js';

let database: TestDatabase;
let server: TestServer;
let seals: JournalSeals;
let account: AccountId;
let sessions: pg.Client[];
let payments = 0;

beforeAll(async () => {
  database = await createDatabase();
  // Nobody seals but the tests.
  const env = { DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
  server = await startTestServer(env);
  seals = server.app.get(JournalSeals);
  const ledger = server.app.get(Ledger);
  account = (await ledger.openAccount('S1' as CustomerId, 'счёт')).id;
  await ledger.deposit(account, Money.parse('100000.00'), 'opening');
  sessions = await Promise.all([database.connect(), database.connect(), database.connect()]);
});

afterAll(async () => {
  await Promise.all(sessions.map((client) => client.end().catch(() => undefined)));
  await server.stop();
  await database.drop();
});

beforeEach(async () => {
  await seals.sealAll();
});

/** One more payment of 1.00; returns the id of its entry. */
async function post(client: pg.Client, agoMs = 0): Promise<string> {
  const values = [`p-${++payments}`, account, SHARED_ACCOUNTS.IN_TRANSIT, new Date(Date.now() - agoMs)];
  const { rows } = await client.query<{ id: string }>(
    "select ledger_post('PAYMENT', $1, $2, $3, 100, $4) as id",
    values,
  );
  return rows[0]?.id ?? '';
}

/** Another customer, so that nobody waits for the row of the first. */
async function deposit(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `with opened as (insert into ledger_accounts (id, kind, customer_id, name, balance, created_at)
       values (gen_random_uuid(), 'CUSTOMER', 'S2', 'счёт', 0, now()) returning id)
     select id from opened`,
  );
  const posted = await client.query<{ id: string }>("select ledger_post('DEPOSIT', 'd', $1, $2, 100, now()) as id", [
    SHARED_ACCOUNTS.FUNDING,
    rows[0]?.id,
  ]);
  return posted.rows[0]?.id ?? '';
}

async function sealedIds(): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    'select unnest(entry_ids) as id from ledger_seals order by number, id',
  );
  return rows.map(({ id }) => id);
}

async function allIds(): Promise<string[]> {
  return (await database.query<{ id: string }>('select id from ledger_entries order by id')).map(({ id }) => id);
}

/** Begins what waits for other writers of the journal; returns it once it has seen one and looks again. */
async function waitingForWriters<T>(begin: () => Promise<T>): Promise<{ waiting: Promise<T> }> {
  const query = jest.spyOn(server.app.get(Database), 'query');
  try {
    const waiting = begin();
    const looks = () => query.mock.calls.filter(([sql]) => sql.includes('pg_locks')).length;
    await until('a second look at the writers', looks, (count) => count > 1);
    return { waiting };
  } finally {
    query.mockRestore();
  }
}

const soundness = async () => (await server.app.get(JournalCheck).chain([])).faults;

describe('a transaction that is under way', () => {
  it.each(['commit', 'rollback'])('and may still write a smaller id is waited for, until its %s', async (end) => {
    const [early] = sessions as [pg.Client];
    await early.query('begin');
    const smaller = await deposit(early);
    const larger = await post(sessions[1] as pg.Client);
    expect(Number(smaller)).toBeLessThan(Number(larger));
    const { waiting: sealing } = await waitingForWriters(() => seals.sealAll());
    expect(await sealedIds()).not.toContain(larger);
    await early.query(end);
    expect(await sealing).toBe(end === 'commit' ? 2 : 1);
    expect(await sealedIds()).toEqual(await allIds());
    expect(await soundness()).toEqual([]);
  });

  it('is waited for also where it writes only after somebody looked, being through with all that it waited for', async () => {
    const [early, late] = sessions as [pg.Client, pg.Client];
    await early.query('begin');
    await deposit(early);
    const { waiting: horizon } = await waitingForWriters(() => horizonOf(server.app.get(Database), 60_000));
    // Begun afterwards, its ids are larger than any that count.
    await late.query('begin');
    const larger = await deposit(late);
    await early.query('commit');
    const found = await horizon;
    expect(found?.complete).toBe(true);
    expect(Number(found?.id)).toBeLessThan(Number(larger));
    await late.query('commit');
  });

  it('and does not end holds up nothing but the seals: they are made once it has', async () => {
    const [stuck] = sessions as [pg.Client];
    await stuck.query('begin');
    await deposit(stuck);
    expect(await horizonOf(server.app.get(Database), 100)).toMatchObject({ complete: false });
    await post(sessions[1] as pg.Client);
    await stuck.query('commit');
    expect(await seals.sealAll()).toBe(2);
    expect(await soundness()).toEqual([]);
  });

  it('holds the lock by which it is known from before its id is drawn: ids are drawn one by one', async () => {
    const [sequence] = await database.query<{ cache: string }>(
      `select seqcache::text as cache from pg_sequence
       where seqrelid = pg_get_serial_sequence('ledger_entries', 'id')::regclass`,
    );
    // A session that keeps ids for later would insert smaller ones than others have committed.
    expect(sequence).toEqual({ cache: '1' });
  });
});

describe('several processes', () => {
  it('seal at once, and every entry is in one seal, in one chain without a gap', async () => {
    const [one, two, writer] = sessions as [pg.Client, pg.Client, pg.Client];
    let [writing, sealed] = [true, 0];
    const writes = (async () => {
      for (let count = 0; count < 60 || sealed <= 10; count++) await post(writer);
      writing = false;
    })();
    const seal = async (client: pg.Client) => {
      while (writing) {
        const horizon = await horizonOf(server.app.get(Database), 60_000);
        const { rows } = await client.query<{ number: string | null }>('select ledger_seal($1, 3, now()) as number', [
          horizon?.complete ? horizon.id : 0,
        ]);
        if (rows[0]?.number != null) sealed++;
      }
    };
    await Promise.all([writes, seal(one), seal(two)]);
    await seals.sealAll();
    expect(await sealedIds()).toEqual(await allIds());
    const numbers = await database.query<{ number: string }>('select number from ledger_seals order by number');
    expect(numbers.length).toBeGreaterThan(10);
    expect(numbers.map(({ number }) => Number(number))).toEqual(numbers.map((_, index) => index + 1));
    expect(await soundness()).toEqual([]);
  });

  it('go on where one of them died in the middle of a seal', async () => {
    const dying = await database.connect();
    await post(dying);
    await dying.query('begin');
    const { rows } = await dying.query<{ number: string | null }>('select ledger_seal($1, 5000, now()) as number', [
      (await allIds()).at(-1),
    ]);
    expect(rows[0]?.number).not.toBeNull();
    // While it lives nobody else seals; nobody waits either.
    expect(await seals.sealAll()).toBe(0);
    (dying as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    await until(
      'the dead one’s lock is gone',
      () => seals.sealAll(),
      (count) => count === 1,
    );
    expect(await sealedIds()).toEqual(await allIds());
    expect(await soundness()).toEqual([]);
  });
});

describe('a seal', () => {
  it('is told in the log with the head that an independent record can keep', async () => {
    const said = jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    const id = await post(sessions[0] as pg.Client);
    await seals.sealAll();
    const [head] = await database.query<{ head: string }>(
      "select number || ':' || encode(hash, 'hex') as head from ledger_seals order by number desc limit 1",
    );
    expect(said.mock.calls.map(([line]) => line)).toEqual([`sealed entries ${id} to ${id}: head ${head?.head}`]);
    said.mockRestore();
  });

  it('is told in the metrics, and so is the age of what waits for one', async () => {
    const metrics = async () => (await fetch(`${server.publicUrl}/metrics`)).text();
    const [head] = await database.query<{ number: string }>('select max(number) as number from ledger_seals');
    expect(await metrics()).toContain(`mpp_ledger_seals ${head?.number}\n`);
    expect(await metrics()).toContain('mpp_ledger_unsealed_age_seconds 0\n');
    await post(sessions[0] as pg.Client, 3_600_000);
    const [, age] = /^mpp_ledger_unsealed_age_seconds (\S+)/m.exec(await metrics()) ?? [];
    expect(Math.abs(Number(age) - 3600)).toBeLessThan(60);
  });

  it('has digests that anybody can compute: SHA-256 over a JSON array of all columns, in any session', async () => {
    const [client] = sessions as [pg.Client];
    const at = '2026-03-10T06:00:00.123456Z';
    const reference = 'r "quoted" \\ with\ttab, кириллица and 😀';
    await client.query("select ledger_post('DEPOSIT', $1, $2, $3, 12345, $4)", [
      reference,
      SHARED_ACCOUNTS.FUNDING,
      account,
      at,
    ]);
    const digest = async () =>
      (
        await client.query<{ id: string; digest: string }>(
          "select id, encode(ledger_digest(e), 'hex') as digest from ledger_entries e order by id desc limit 1",
        )
      ).rows[0];
    const first = await digest();
    const micros = BigInt(Date.parse('2026-03-10T06:00:00Z')) * 1000n + 123_456n;
    const columns = [
      first?.id,
      '"DEPOSIT"',
      JSON.stringify(reference),
      `"${SHARED_ACCOUNTS.FUNDING}"`,
      `"${account}"`,
      '12345',
      micros,
      ...['null', 'null', 'null'],
    ];
    const text = `[${columns.join(', ')}]`;
    expect(first?.digest).toBe(createHash('sha256').update(text).digest('hex'));
    for (const setting of [
      "timezone = 'Asia/Almaty'",
      "datestyle = 'German'",
      'extra_float_digits = -5',
      "bytea_output = 'escape'",
      "intervalstyle = 'iso_8601'",
      "lc_numeric = 'C'",
      'standard_conforming_strings = off',
    ]) {
      await client.query(`set ${setting}`);
      expect([setting, await digest()]).toEqual([setting, first]);
    }
    await client.query('reset all');
  });

  it('is refused where it does not follow the one before, also to the owner of the tables', async () => {
    const [client] = sessions as [pg.Client];
    const insert = (number: string, first: string) =>
      client.query(
        `insert into ledger_seals (number, first_id, last_id, entries, booked_until, late_by, hash, entry_ids, digests, sealed_at)
         select ${number}, ${first}, last_id + 1000, 1, booked_until, 0, hash, array[1], '\\x0000000000000000', now()
         from ledger_seals order by number desc limit 1`,
      );
    await expect(insert('number + 2', 'last_id + 1')).rejects.toThrow('does not follow');
    await expect(insert('number + 1', 'last_id')).rejects.toThrow('does not follow');
    await expect(insert('number', 'last_id + 1')).rejects.toThrow('does not follow');
  });

  it.each(['ledger_seals', 'ledger_turnovers', 'ledger_checkpoints', 'ledger_verifications'])(
    'and what belongs to it stays as it is: %s is append only, in replication mode too',
    async (table) => {
      const [client] = sessions as [pg.Client];
      const { rows } = await client.query<{ column_name: string }>(
        "select column_name from information_schema.columns where table_name = $1 and column_name in ('seal', 'faults', 'entries', 'debited') limit 1",
        [table],
      );
      const column = rows[0]?.column_name ?? '';
      await client.query(
        `insert into ledger_verifications (verified_at, entries, faults) values (now(), 0, 0);
         insert into ledger_checkpoints values (gen_random_uuid(), -1, 0, 0, 0)`,
      );
      for (const mode of ['origin', 'replica']) {
        await client.query(`set session_replication_role = ${mode}`);
        for (const change of [`update ${table} set ${column} = ${column}`, `delete from ${table}`, `truncate ${table}`])
          await expect(client.query(change)).rejects.toThrow('append-only');
      }
      await client.query('reset session_replication_role');
    },
  );
});
