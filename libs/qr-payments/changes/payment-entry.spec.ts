import { describe, expect, it } from '@jest/globals';
import { SHARED_ACCOUNTS } from '@mpp/ledger';
import { ACCOUNT, PRICE, paymentThatIs } from '../../../test/support/payments.js';
import type { Posting } from '../domain/answer.js';
import { paymentEntry } from './payment-entry.js';

const { IN_TRANSIT, PAYABLE_TO_KASPI, DIFFERENCES } = SHARED_ACCOUNTS;
const PAYMENT = paymentThatIs('PROCESSING');

describe('the journal entry of a decision', () => {
  it.each<[Posting, string, string, string, string]>([
    ['SETTLEMENT', 'SETTLEMENT', 'what was in transit is owed to Kaspi', IN_TRANSIT, PAYABLE_TO_KASPI],
    ['REVERSAL', 'REVERSAL', 'what was in transit is the customer’s again', IN_TRANSIT, ACCOUNT],
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

  it.each<[Posting, bigint]>([
    ['DIFFERENCE_OWED', 1n],
    ['DIFFERENCE_NOT_OWED', 0n],
  ])('%s is none if the journal has it so already', (posting, owed) => {
    expect(paymentEntry(PAYMENT, posting, owed)).toBeNull();
  });

  it.each(['amount', 'accountId'] as const)('is none where a payment was debited without its %s', (part) => {
    expect(() => paymentEntry({ ...PAYMENT, [part]: null }, 'SETTLEMENT', 0n)).toThrow('was debited without');
  });
});
