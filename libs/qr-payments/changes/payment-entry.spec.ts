import { describe, expect, it } from '@jest/globals';
import { decideCredit } from '@mpp/crediting';
import type { AccountId } from '@mpp/kernel';
import { SHARED_ACCOUNTS } from '@mpp/ledger';
import { ACCOUNT, DEBITED_AT, PRICE, paymentThatIs } from '../../../test/support/payments.js';
import type { Posting } from '../domain/answer.js';
import { newReversal } from '../domain/reversal.js';
import { paymentEntry } from './payment-entry.js';
import { reversalEntries } from './reversal-writer.service.js';

const { IN_TRANSIT, PAYABLE_TO_KASPI, DIFFERENCES } = SHARED_ACCOUNTS;
const PAYMENT = paymentThatIs('PROCESSING');

describe('the journal entry of a decision', () => {
  it.each<[Exclude<Posting, 'REVERSAL'>, string, string, string, string]>([
    ['SETTLEMENT', 'SETTLEMENT', 'what was in transit is owed to Kaspi', IN_TRANSIT, PAYABLE_TO_KASPI],
    ['PAYMENT', 'PAYMENT', 'what the core debited is in transit', ACCOUNT, IN_TRANSIT],
    ['DIFFERENCE_OWED', 'DIFFERENCE', 'we owe Kaspi what the customer has back (R36)', DIFFERENCES, PAYABLE_TO_KASPI],
    [
      'DIFFERENCE_NOT_OWED',
      'DIFFERENCE',
      'we do not owe Kaspi what the customer paid (R36)',
      PAYABLE_TO_KASPI,
      DIFFERENCES,
    ],
  ])('%s is booked as %s: %s', (posting, purpose, _, debit, credit) => {
    const owed = posting === 'DIFFERENCE_NOT_OWED' ? PRICE.tiyn : 0n;
    expect(paymentEntry(PAYMENT, posting, owed)).toEqual({
      purpose,
      reference: PAYMENT.id,
      amount: PRICE,
      debit,
      credit,
    });
  });

  it.each<[Exclude<Posting, 'REVERSAL'>, bigint]>([
    ['DIFFERENCE_OWED', 1n],
    ['DIFFERENCE_NOT_OWED', 0n],
  ])('%s is none if the journal has it so already', (posting, owed) => {
    expect(paymentEntry(PAYMENT, posting, owed)).toBeNull();
  });

  it('is none without an amount, or without an account where the customer is debited', () => {
    expect(() => paymentEntry({ ...PAYMENT, amount: null }, 'SETTLEMENT', 0n)).toThrow('has no amount');
    expect(() => paymentEntry({ ...PAYMENT, accountId: null }, 'PAYMENT', 0n)).toThrow('was debited from no account');
  });
});

describe('the journal entry of a reversal', () => {
  const REVERSAL = newReversal(PAYMENT, 3_600_000, DEBITED_AT);
  const OTHER = '019a0000-0000-7000-8000-000000000009' as AccountId;
  const decided = (account: AccountId | null, before = REVERSAL, debited = true) => ({
    ...{ before, debited },
    decision: decideCredit('REVERSAL', before, account, DEBITED_AT),
  });
  const suspended = { ...REVERSAL, suspendedAt: DEBITED_AT };
  const entry = { reference: PAYMENT.id, amount: PRICE };

  it.each([
    ['the debited account', ACCOUNT],
    ['another account of the customer', OTHER],
  ])('moves what was in transit to %s', (_, credit) => {
    expect(reversalEntries(decided(credit))).toEqual([{ ...entry, purpose: 'REVERSAL', debit: IN_TRANSIT, credit }]);
  });

  it('moves it into suspense if no account takes it, and from there to an account later', () => {
    const { REVERSALS_IN_SUSPENSE } = SHARED_ACCOUNTS;
    const into = { ...entry, purpose: 'REVERSAL', debit: IN_TRANSIT, credit: REVERSALS_IN_SUSPENSE };
    const from = { ...entry, purpose: 'REVERSAL_RELEASE', debit: REVERSALS_IN_SUSPENSE, credit: OTHER };
    expect(reversalEntries(decided(null))).toEqual([into]);
    expect(reversalEntries(decided(null, suspended))).toEqual([]);
    expect(reversalEntries(decided(OTHER, suspended))).toEqual([from]);
  });

  it('is none if the core was never known to have debited', () => {
    for (const account of [ACCOUNT, null]) expect(reversalEntries(decided(account, REVERSAL, false))).toEqual([]);
  });
});
