import { beforeAll } from '@jest/globals';
import type { AccountId, CustomerId } from '@mpp/kernel';
import { SHARED_ACCOUNTS } from '@mpp/ledger';
import fc from 'fast-check';
import { LedgerFixture } from './ledger-fixture.js';

const { FUNDING, IN_TRANSIT, PAYABLE_TO_KASPI } = SHARED_ACCOUNTS;
const HOUR = 3_600_000;
const NOON = Date.parse('2026-03-10T06:00:00Z');
const RUNS = Number(process.env.PROPERTY_RUNS ?? 6);
/** Each run works on the journal of the runs before. */
export const RUNS_TIMEOUT_MS = 240_000 + 5_000 * RUNS;
export const MIRROR = '019a0000-0000-7000-8000-00000000c0de' as AccountId;

export interface JournalRow {
  readonly id: string;
  readonly purpose: string;
  readonly debit: AccountId;
  readonly credit: AccountId;
  readonly amount: bigint;
  readonly at: number;
}

interface RandomPosting {
  /** The index of the account. */
  account: number;
  amount: number;
  /** How far the clock moves before the entry, in ms. */
  jump: number;
  settles: boolean;
}
type RandomStep = { postings: RandomPosting[] } | { lostIds: number } | { sealSize: number; seals: number };

/** Entries with any clocks, ids that no entry gets, and seals of any size. */
const step: fc.Arbitrary<RandomStep> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      postings: fc.array(
        fc.record({
          account: fc.integer({ min: 0, max: 2 }),
          amount: fc.integer({ min: 1, max: 90_000 }),
          // Mostly in order; sometimes hours back or ahead.
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
  { weight: 2, arbitrary: fc.record({ lostIds: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({ sealSize: fc.integer({ min: 1, max: 40 }), seals: fc.integer({ min: 1, max: 4 }) }),
  },
);
const steps = fc.array(step, { minLength: 2, maxLength: 8 });
const picks = fc.array(fc.nat(), { minLength: 2, maxLength: 3 });

/** A ledger whose journal grows by random steps; only the tests seal it. */
export class RandomJournal extends LedgerFixture {
  /** Two customers’ accounts, a mirror of a core’s account, FUNDING, IN_TRANSIT and PAYABLE_TO_KASPI. */
  accounts: readonly AccountId[] = [];
  private clock = NOON;
  private references = 0;

  constructor() {
    super({ BACKGROUND_WORK: 'off' });
    beforeAll(async () => {
      const open = (customer: string) => this.customerAccounts.openAccount(customer as CustomerId, 'счёт');
      const own = await Promise.all(['A', 'B'].map(open));
      await this.openMirror('A', 'KZ01', MIRROR);
      this.accounts = [...own.map(({ id }) => id), MIRROR, FUNDING, IN_TRANSIT, PAYABLE_TO_KASPI];
    });
  }

  async read(): Promise<JournalRow[]> {
    const rows = await this.database.query<
      Omit<JournalRow, 'amount' | 'at'> & { readonly amount: string; readonly at: Date }
    >(
      `select id, purpose, debit_account_id as debit, credit_account_id as credit, amount, booked_at as at
       from ledger_entries order by id`,
    );
    return rows.map((row) => ({ ...row, amount: BigInt(row.amount), at: row.at.getTime() }));
  }

  /** Runs the check after random steps, with moments at, near and hours after random entries. All runs share one journal. */
  async checkAfterRandomSteps(check: (moments: Date[]) => Promise<void>): Promise<void> {
    await fc.assert(
      fc.asyncProperty(steps, picks, async (taken, picked) => {
        for (const one of taken) await this.take(one);
        const times = (await this.read()).map(({ at }) => at);
        if (times.length === 0) return;
        const moments = picked.flatMap((pick) => {
          const at = times[pick % times.length] ?? NOON;
          return [at, at + 1, at - 1, at + 2 * HOUR].map((time) => new Date(time));
        });
        await check(moments);
      }),
      { numRuns: RUNS },
    );
  }

  async take(taken: RandomStep): Promise<void> {
    if ('lostIds' in taken) {
      const nextIds = "select nextval(pg_get_serial_sequence('ledger_entries', 'id')) from generate_series(1, $1)";
      await this.database.query(nextIds, [taken.lostIds]);
    } else if ('seals' in taken) {
      for (let seals = 0; seals < taken.seals; seals++) await this.seal(taken.sealSize);
    } else {
      await this.postAll(taken.postings);
    }
  }

  /** Seals up to `size` entries; false if none are left. */
  async seal(size: number): Promise<boolean> {
    const [row] = await this.database.query<{ number: string | null }>(
      'select ledger_seal((select max(id) from ledger_entries), $1, now()) as number',
      [size],
    );
    return row?.number != null;
  }

  private async postAll(postings: readonly RandomPosting[]): Promise<void> {
    const entries = postings.flatMap(({ account, amount, jump, settles }) => {
      const id = this.accounts[account] as AccountId;
      this.clock += jump;
      const at = new Date(this.clock);
      const reference = `r-${++this.references}`;
      const deposit = { purpose: 'DEPOSIT', reference, debit: FUNDING, credit: id, amount, at };
      const payment = { purpose: 'PAYMENT', reference, debit: id, credit: IN_TRANSIT, amount, at };
      const end = { purpose: 'SETTLEMENT', reference, debit: IN_TRANSIT, credit: PAYABLE_TO_KASPI, amount };
      const settledAt = new Date(this.clock + jump);
      return [...(id === MIRROR ? [] : [deposit]), payment, ...(settles ? [{ ...end, at: settledAt }] : [])];
    });
    await this.database.query(
      `select ledger_post(e.purpose, e.reference, e.debit, e.credit, e.amount, e.at)
       from json_to_recordset($1) as e (purpose text, reference text, debit uuid, credit uuid, amount bigint, at timestamptz)`,
      [JSON.stringify(entries)],
    );
  }
}

/** The turnover of an account, added up entry by entry. */
export function turnoverIn(
  rows: readonly JournalRow[],
  account: AccountId,
): { readonly debited: bigint; readonly credited: bigint } {
  const sum = (side: 'debit' | 'credit') =>
    rows.reduce((total, row) => total + (row[side] === account ? row.amount : 0n), 0n);
  return { debited: sum('debit'), credited: sum('credit') };
}

/** The balance of an account of {@link RandomJournal} on its normal side. */
export function balanceIn(rows: readonly JournalRow[], account: AccountId): bigint {
  const { debited, credited } = turnoverIn(rows, account);
  return account === FUNDING ? debited - credited : credited - debited;
}
