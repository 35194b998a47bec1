import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AccountId, type CustomerId, formatTiyn } from '@mpp/kernel';
import fc from 'fast-check';
import { createDatabase, type TestDatabase } from '../../test/support/database.js';
import { startTestServer, type TestServer } from '../../test/support/mpp.js';
import { Books } from './books.js';
import { ACCOUNT_KINDS, SHARED_ACCOUNTS } from './domain/chart.js';
import type { StatementPosition } from './domain/statement.js';
import { Ledger } from './ledger.service.js';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 6);
const HOUR = 3_600_000;
/** Each run works on books that have grown. */
const TIMEOUT_MS = 30_000 + 5_000 * RUNS;
const NOON = Date.parse('2026-03-10T06:00:00Z');
const MIRROR = '019a0000-0000-7000-8000-00000000c0de' as AccountId;
const { FUNDING, IN_TRANSIT, PAYABLE_TO_KASPI } = SHARED_ACCOUNTS;

let database: TestDatabase;
let server: TestServer;
let books: Books;
let accounts: readonly AccountId[];

beforeAll(async () => {
  database = await createDatabase();
  // Nobody seals but the tests.
  const env = { DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
  server = await startTestServer(env);
  books = server.app.get(Books);
  const ledger = server.app.get(Ledger);
  const own = await Promise.all(['A', 'B'].map((customer) => ledger.openAccount(customer as CustomerId, 'счёт')));
  await database.query('select ledger_mirror_account($1, $2, $3, $4, now())', [MIRROR, 'A', 'KZ01', 'счёт в банке']);
  accounts = [...own.map(({ id }) => id), MIRROR, FUNDING, IN_TRANSIT, PAYABLE_TO_KASPI];
});

afterAll(async () => {
  await server.stop();
  await database.drop();
});

interface Row {
  readonly id: string;
  readonly purpose: string;
  readonly debit: AccountId;
  readonly credit: AccountId;
  readonly amount: bigint;
  readonly at: number;
}

async function journal(): Promise<Row[]> {
  const rows = await database.query<{ id: string; purpose: string; d: AccountId; c: AccountId; a: string; at: Date }>(
    'select id, purpose, debit_account_id as d, credit_account_id as c, amount as a, booked_at as at from ledger_entries order by id',
  );
  return rows.map(({ id, purpose, d, c, a, at }) => ({
    id,
    purpose,
    debit: d,
    credit: c,
    amount: BigInt(a),
    at: at.getTime(),
  }));
}

/** The books as a clerk would add them up, from the first entry to the last. */
function turnoverBy(rows: readonly Row[], account: AccountId): { debited: bigint; credited: bigint } {
  const sum = (side: 'debit' | 'credit') =>
    rows.reduce((total, row) => total + (row[side] === account ? row.amount : 0n), 0n);
  return { debited: sum('debit'), credited: sum('credit') };
}

interface Post {
  account: number;
  amount: number;
  jump: number;
  settles: boolean;
}
type Happening = { posts: Post[] } | { lost: number } | { seal: number; times: number };

/** What happens to the journal, whatever the clocks of the processes say: entries, ids that nobody got, seals of any size. */
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      posts: fc.array(
        fc.record({
          account: fc.integer({ min: 0, max: 2 }),
          amount: fc.integer({ min: 1, max: 90_000 }),
          // Mostly one after the other; now and then hours back or ahead.
          jump: fc.oneof(
            { weight: 8, arbitrary: fc.integer({ min: -50, max: 2000 }) },
            { weight: 1, arbitrary: fc.integer({ min: -3 * HOUR, max: 3 * HOUR }) },
          ),
          settles: fc.boolean(),
        }),
        { minLength: 1, maxLength: 60 },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ lost: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ seal: fc.integer({ min: 1, max: 40 }), times: fc.integer({ min: 1, max: 4 }) }) },
);

let clock = NOON;
let references = 0;

async function happen(what: Happening): Promise<void> {
  if ('lost' in what) {
    await database.query("select nextval(pg_get_serial_sequence('ledger_entries', 'id')) from generate_series(1, $1)", [
      what.lost,
    ]);
    return;
  }
  if ('seal' in what) {
    for (let time = 0; time < what.times; time++)
      await database.query('select ledger_seal((select max(id) from ledger_entries), $1, now())', [what.seal]);
    return;
  }
  const entries = what.posts.flatMap(({ account, amount, jump, settles }) => {
    const id = accounts[account] as AccountId;
    clock += jump;
    const reference = `r-${++references}`;
    const paid = { purpose: 'PAYMENT', reference, debit: id, credit: IN_TRANSIT, amount, at: new Date(clock) };
    const deposit = { purpose: 'DEPOSIT', reference, debit: FUNDING, credit: id, amount, at: new Date(clock) };
    const end = { purpose: 'SETTLEMENT', reference, debit: IN_TRANSIT, credit: PAYABLE_TO_KASPI, amount };
    return [...(id === MIRROR ? [] : [deposit]), paid, ...(settles ? [{ ...end, at: new Date(clock + jump) }] : [])];
  });
  await database.query(
    `select ledger_post(e.purpose, e.reference, e.debit, e.credit, e.amount, e.at)
     from json_to_recordset($1) as e (purpose text, reference text, debit uuid, credit uuid, amount bigint, at timestamptz)`,
    [JSON.stringify(entries)],
  );
}

/** Moments that are about something: of an entry, a little before and after it, hours away from all. */
async function moments(picks: readonly number[]): Promise<Date[]> {
  const times = (await journal()).map(({ at }) => at);
  return picks.flatMap((pick) => {
    const at = times[pick % times.length] ?? NOON;
    return [at, at + 1, at - 1, at + 2 * HOUR].map((time) => new Date(time));
  });
}

const picks = fc.array(fc.nat(), { minLength: 2, maxLength: 3 });
const life = fc.array(happening, { minLength: 2, maxLength: 8 });

/** One after the other on the same books: they grow from run to run. */
async function whateverHappens(check: (moments: Date[]) => Promise<void>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(life, picks, async (happenings, picked) => {
      for (const what of happenings) await happen(what);
      if ((await journal()).length === 0) return;
      await check(await moments(picked));
    }),
    { numRuns: RUNS },
  );
}

const sides = (balance: bigint) => ({
  debit: balance < 0n ? -balance : 0n,
  credit: balance > 0n ? balance : 0n,
});

/** By the ends of their ids, which are known, or their kinds, which are not. */
async function kinds(): Promise<Map<string, string>> {
  const rows = await database.query<{ id: string; kind: string }>('select id, kind from ledger_accounts');
  return new Map(rows.map(({ id, kind }) => [id, kind]));
}

describe('whatever the clocks of the processes did, and wherever seals were put,', () => {
  it(
    'the trial balance of any moment is what the entries booked until then sum up to',
    async () => {
      const kindOf = await kinds();
      await whateverHappens(async (asked) => {
        const rows = await journal();
        for (const at of [...asked, null]) {
          const booked = rows.filter((row) => at === null || row.at <= at.getTime());
          const lines = ACCOUNT_KINDS.map((account) => {
            const of = (side: 'debit' | 'credit') =>
              booked.reduce((sum, row) => sum + (kindOf.get(row[side]) === account ? row.amount : 0n), 0n);
            return { account, ...sides(of('credit') - of('debit')) };
          });
          const found = await books.trialBalance(at);
          expect({ at, balanced: found.balanced, lines: found.lines }).toEqual({ at, balanced: true, lines });
        }
      });
    },
    TIMEOUT_MS,
  );

  it(
    'the balance of any account at any moment is what its entries sum up to',
    async () => {
      await whateverHappens(async (asked) => {
        const rows = await journal();
        for (const account of accounts) {
          for (const at of [...asked, null]) {
            const booked = rows.filter((row) => at === null || row.at <= at.getTime());
            const { debited, credited } = turnoverBy(booked, account);
            const { balance } = await books.account(account, at);
            const expected = account === FUNDING ? debited - credited : credited - debited;
            expect({ account, at, balance }).toEqual({ account, at, balance: expected });
          }
        }
      });
    },
    TIMEOUT_MS,
  );

  it(
    'the pages of a statement, put together, are the account’s entries of the period with the balance after each',
    async () => {
      await whateverHappens(async (asked) => {
        const rows = await journal();
        const ordered = asked.toSorted((a, b) => a.getTime() - b.getTime());
        const periods = [
          { from: null, to: ordered.at(-1) ?? new Date(NOON) },
          { from: ordered[0] ?? null, to: ordered[ordered.length >> 1] ?? new Date(NOON) },
        ];
        for (const account of [accounts[0], MIRROR, IN_TRANSIT, FUNDING] as AccountId[]) {
          for (const period of periods) {
            const expected = naive(rows, account, period);
            const limit = 1 + Math.floor(expected.lines.length / 4);
            expect(await statement(account, period, limit)).toEqual(expected);
          }
        }
      });
    },
    TIMEOUT_MS,
  );

  it('each customer’s account has a checkpoint every 100 entries or so, and none sooner', async () => {
    await happen({ posts: Array.from({ length: 150 }, () => ({ account: 0, amount: 5, jump: 1, settles: false })) });
    for (let left = 1; left > 0; ) {
      const [row] = await database.query<{ number: string | null }>(
        'select ledger_seal((select max(id) from ledger_entries), 50, now()) as number',
      );
      left = row?.number == null ? 0 : 1;
    }
    const [account] = accounts;
    const [found] = await database.query<{ entries: number; checkpoints: number; least: number; most: number }>(
      `with mine as (
         select e.id, (select min(c.last_id) from ledger_checkpoints c where c.account_id = $1 and c.last_id >= e.id) as until
         from ledger_entries e where $1 in (e.debit_account_id, e.credit_account_id))
       select (select count(*)::int from mine) as entries,
         (select count(*)::int from ledger_checkpoints where account_id = $1) as checkpoints,
         (select min(n)::int from (select count(*) n from mine where until is not null group by until) m) as least,
         (select max(n)::int from (select count(*) n from mine group by until) m) as most`,
      [account],
    );
    expect(found?.entries).toBeGreaterThan(300);
    expect(found?.checkpoints).toBeGreaterThanOrEqual(2);
    expect(found?.least).toBeGreaterThanOrEqual(100);
    expect(found?.most).toBeLessThan(150);
  });
});

interface Line {
  id: string;
  debit: string;
  credit: string;
  balance: string;
}

type Period = { from: Date | null; to: Date };

/** Page by page, with the sums that every page repeats. */
async function statement(account: AccountId, period: Period, limit: number) {
  const lines: Line[] = [];
  const sums = new Set<string>();
  let position: StatementPosition | null = null;
  do {
    const page = await books.page(account, period, position, limit);
    sums.add([page.opening, page.moved.debited, page.moved.credited, page.closing].map(formatTiyn).join(' '));
    for (const { entryId, turnover, balance } of page.lines) {
      lines.push({
        id: entryId,
        debit: formatTiyn(turnover.debited),
        credit: formatTiyn(turnover.credited),
        balance: formatTiyn(balance),
      });
    }
    position = page.next;
  } while (position !== null);
  return { sums: [...sums], lines };
}

function naive(rows: readonly Row[], account: AccountId, { from, to }: Period) {
  const balance = (booked: readonly Row[]) => {
    const { debited, credited } = turnoverBy(booked, account);
    return account === FUNDING ? debited - credited : credited - debited;
  };
  const before = rows.filter((row) => from !== null && row.at < from.getTime());
  const within = rows.filter(
    (row) =>
      (row.debit === account || row.credit === account) &&
      row.at < to.getTime() &&
      (from === null || row.at >= from.getTime()),
  );
  const opening = balance(before);
  const { debited, credited } = turnoverBy(within, account);
  let running = opening;
  const lines = within.map((row) => {
    running += balance([row]);
    return {
      id: row.id,
      debit: formatTiyn(row.debit === account ? row.amount : 0n),
      credit: formatTiyn(row.credit === account ? row.amount : 0n),
      balance: formatTiyn(running),
    };
  });
  return { sums: [[opening, debited, credited, running].map(formatTiyn).join(' ')], lines };
}
