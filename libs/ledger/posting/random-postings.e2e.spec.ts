import { describe, expect, it } from '@jest/globals';
import { type AccountId, DomainError, Money } from '@mpp/kernel';
import { violatedConstraint } from '@mpp/platform';
import fc from 'fast-check';
import { LedgerFixture } from '../../../test/support/ledger-fixture.js';
import { SHARED_ACCOUNTS } from '../domain/chart.js';
import type { NewEntry } from '../domain/entry.js';

const { FUNDING, IN_TRANSIT, PAYABLE_TO_KASPI, DIFFERENCES } = SHARED_ACCOUNTS;
const fixture = new LedgerFixture();

describe('after random deposits and postings', () => {
  const amount = fc
    .oneof(fc.integer({ min: 0, max: 500 }), fc.constantFrom(1, 100, 100_000, 9_999_999_999))
    .map(BigInt);
  const own = fc.integer({ min: 0, max: 2 });
  const place = fc.integer({ min: 0, max: 6 });
  const reference = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const purpose = fc.constantFrom('PAYMENT', 'SETTLEMENT', 'REVERSAL', 'DIFFERENCE', 'DEPOSIT');
  const operation = fc.oneof(
    fc.record({ kind: fc.constant('deposit'), to: fc.integer({ min: 0, max: 2 }), amount, reference }),
    fc.record({ kind: fc.constant('post'), purpose, from: place, to: place, amount, reference }),
    // Postings that are often accepted.
    fc.record({
      kind: fc.constant('post'),
      purpose: fc.constant('PAYMENT'),
      from: own,
      to: fc.constant(4),
      amount,
      reference,
    }),
    fc.record({
      kind: fc.constant('post'),
      purpose: fc.constant('SETTLEMENT'),
      from: fc.constant(4),
      to: fc.constant(5),
      amount,
      reference,
    }),
    fc.record({
      kind: fc.constant('post'),
      purpose: fc.constant('REVERSAL'),
      from: fc.constant(4),
      to: own,
      amount,
      reference,
    }),
  );
  type Operation = { kind: string; from?: number; to: number; amount: bigint; reference: string; purpose?: string };

  /** An independent model of the rules: the accounts of three customers, then the shared ones. */
  class BooksModel {
    readonly balances = [0n, 0n, 0n, 0n, 0n, 0n, 0n];
    readonly once = new Map<string, bigint>();
    readonly payers = new Map<string, number>();
    entries = 0;

    /** Whether the operation is accepted; if so, the model applies it. */
    accepts({ kind, from = 3, to, amount, reference, purpose = 'DEPOSIT' }: Operation): boolean {
      const once = purpose === 'PAYMENT' || purpose === 'DIFFERENCE' ? purpose : 'end';
      const key = purpose === 'DEPOSIT' ? `deposit ${to} ${reference}` : `${once} ${reference}`;
      const earlier = this.once.get(key);
      if (kind === 'deposit' && earlier !== undefined && amount > 0n) return earlier === amount;
      if (earlier !== undefined || amount === 0n || from === to || (from < 3 && (this.balances[from] ?? 0n) < amount))
        return false;
      if (!this.allowsParties(purpose, from, to, amount, reference)) return false;
      if (purpose === 'PAYMENT') this.payers.set(reference, from);
      this.once.set(key, amount);
      this.balances[from] = (this.balances[from] ?? 0n) - amount;
      this.balances[to] = (this.balances[to] ?? 0n) + amount;
      this.entries++;
      return true;
    }

    /** 3 is funding, 4 in transit, 5 payable to Kaspi, 6 the differences. */
    private allowsParties(purpose: string, from: number, to: number, amount: bigint, reference: string): boolean {
      const paid = this.once.get(`PAYMENT ${reference}`) === amount;
      switch (purpose) {
        case 'PAYMENT':
          return from < 3 && to === 4;
        case 'SETTLEMENT':
          return from === 4 && to === 5 && paid;
        case 'REVERSAL':
          return from === 4 && to === this.payers.get(reference) && paid;
        case 'DIFFERENCE':
          return from + to === 11;
        default:
          return from === 3 && to < 3;
      }
    }
  }

  it('balances equal the journal, and refused postings leave no trace', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 12 }), async (operations) => {
        run++;
        const own = await Promise.all([fixture.openAccount(), fixture.openAccount(), fixture.openAccount()]);
        const places = [...own, FUNDING, IN_TRANSIT, PAYABLE_TO_KASPI, DIFFERENCES] as const;
        const at = (index: number) => places[index] as AccountId;
        const model = new BooksModel();
        for (const given of operations as Operation[]) {
          const named = `run-${run}-${given.reference}`;
          const money = Money.ofTiyn(given.amount);
          const entry = { reference: named, debit: at(given.from ?? 3), credit: at(given.to), amount: money };
          const done =
            given.kind === 'deposit'
              ? fixture.customerAccounts.postDeposit(at(given.to), money, named)
              : fixture.post({ ...entry, purpose: given.purpose as NewEntry['purpose'] });
          const accepted = await done.then(
            () => true,
            (error: unknown) => {
              if (violatedConstraint(error) === null && !(error instanceof DomainError)) throw error;
              return false;
            },
          );
          expect({ given, accepted }).toEqual({ given, accepted: model.accepts(given) });
        }

        const rows = await fixture.database.query<{ id: AccountId; balance: string; journal: string }>(
          `select a.id, a.balance,
             coalesce((select sum(amount) from ledger_entries where credit_account_id = a.id), 0)
             - coalesce((select sum(amount) from ledger_entries where debit_account_id = a.id), 0) as journal
           from ledger_accounts a where a.kind = 'CUSTOMER'`,
        );
        expect(rows.filter(({ balance, journal }) => balance !== journal)).toEqual([]);
        for (const [index, id] of own.entries())
          expect(rows.find((row) => row.id === id)?.balance).toBe(model.balances[index]?.toString());
        const written = await fixture.database.query('select 1 from ledger_entries where reference like $1', [
          `run-${run}-%`,
        ]);
        expect(written).toHaveLength(model.entries);
        expect((await fixture.balances.trialBalance(null)).balanced).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
