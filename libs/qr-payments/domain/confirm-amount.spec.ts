import { describe, expect, it } from '@jest/globals';
import { DomainError, Money } from '@mpp/kernel';
import {
  type Case,
  CUSTOM,
  confirm,
  DYNAMIC,
  NOW,
  outcome,
  PRICED,
  STATIC,
  tenge,
} from '../../../test/support/confirm-cases.js';
import { scanned } from '../../../test/support/payments.js';

function refusal(given: Case): DomainError {
  try {
    confirm(given);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('the amount of a Static QR is entered by the customer (R3)', () => {
  it.each([
    ['nothing entered', undefined, undefined, 'AMOUNT_INVALID'],
    ['zero', '0', undefined, 'AMOUNT_INVALID'],
    ['zero tenge and no tiyn', '0.00', undefined, 'AMOUNT_INVALID'],
    ['one tiyn', '0.01', undefined, 'AMOUNT_NOT_WHOLE'],
    ['150 tenge 50 tiyn', '150.50', undefined, 'AMOUNT_NOT_WHOLE'],
    ['one tenge', '1', undefined, 'debit'],
    ['150 tenge, tiyn written out', '150.00', undefined, 'debit'],
    ['exactly the maximum', '500.00', '500.00', 'debit'],
    ['a tenge over the maximum', '501.00', '500.00', 'LIMIT_EXCEEDED'],
    ['the last whole tenge below a maximum with tiyn', '500.00', '500.99', 'debit'],
    ['the first whole tenge above a maximum with tiyn', '501.00', '500.99', 'LIMIT_EXCEEDED'],
    ['a tiyn over the maximum', '500.01', '500.00', 'AMOUNT_NOT_WHOLE'],
    ['zero with a maximum of zero', '0.00', '0.00', 'AMOUNT_INVALID'],
  ])('%s: %s with maximum %s is answered %s', (_, amount, maxAmount, expected) => {
    const entered = { ...(amount !== undefined && { amount }), ...(maxAmount !== undefined && { maxAmount }) };
    expect(outcome({ payment: STATIC, ...entered })).toBe(expected);
  });

  it('may be the whole balance if there is no maximum', () => {
    const all = '999999999999999.00';
    expect(outcome({ payment: STATIC, amount: all, balance: all })).toBe('debit');
    expect(outcome({ payment: STATIC, amount: all, balance: '999999999999998.99' })).toBe('decline');
  });

  it('above the balance: DECLINED with the entered amount, and the PS gets PROCESS_FAIL (R15)', () => {
    expect(confirm({ payment: STATIC, amount: '1001' })).toEqual({
      kind: 'decline',
      payment: {
        ...STATIC,
        status: 'DECLINED',
        version: STATIC.version + 1,
        amount: tenge('1001.00'),
        expiresAt: null,
        failure: { code: 'INSUFFICIENT_FUNDS', kaspiResultCode: null },
        notifyResult: 'PROCESS_FAIL',
        updatedAt: NOW,
      },
    });
  });

  it.each([
    ['the same', '150.00', '150', 'debit'],
    ['a tiyn less', '149.99', '150', 'AMOUNT_CHANGED'],
    ['a tiyn more', '150.01', '150', 'AMOUNT_CHANGED'],
  ])('expected to be %s (%s) as entered (%s): %s', (_, expectedAmount, amount, expected) => {
    expect(outcome({ payment: STATIC, amount, expectedAmount })).toBe(expected);
  });

  it('an expected amount does not replace an entered one', () => {
    expect(outcome({ payment: STATIC, expectedAmount: '150.00' })).toBe('AMOUNT_INVALID');
  });

  it('each fault has its text for the customer, in both languages', () => {
    const details = [{}, { amount: '0.00' }].map((given) => refusal({ payment: STATIC, ...given }).facts.detail);
    expect(details).toEqual([
      { ru: 'Для этого QR-кода сумму указывает покупатель.', kk: 'Бұл QR-код үшін соманы сатып алушы көрсетеді.' },
      { ru: 'Сумма должна быть больше нуля.', kk: 'Сома нөлден көп болуы керек.' },
    ]);
  });
});

describe('the amount of a Dynamic or Custom QR is named by the PS', () => {
  it.each([
    ['Dynamic', DYNAMIC],
    ['Custom, before its checkout', CUSTOM],
    ['Custom, with its price', PRICED],
  ])('%s: an amount from the customer is refused, even the correct one', (_, payment) => {
    const { code, facts } = refusal({ payment, amount: '100.00' });
    expect(code).toBe('AMOUNT_INVALID');
    expect(facts.detail).toEqual({
      ru: 'Для этого QR-кода сумма не указывается.',
      kk: 'Бұл QR-код үшін сома көрсетілмейді.',
    });
  });

  it.each([
    ['Dynamic', DYNAMIC],
    ['Custom', PRICED],
  ])('%s: the maximum for entered amounts does not apply', (_, payment) => {
    expect(outcome({ payment, maxAmount: '1.00' })).toBe('debit');
  });

  it('Dynamic: it may have tiyn, because it is not sent', () => {
    const payment = scanned('Dynamic', { amount: tenge('150.50') });
    expect(confirm({ payment })).toMatchObject({ kind: 'debit', payment: { amount: tenge('150.50') } });
  });

  it('Custom: before checkout there is no price to confirm, even if the app sends an expected amount', () => {
    expect(outcome({ payment: CUSTOM })).toBe('CHECKOUT_REQUIRED');
    expect(outcome({ payment: CUSTOM, expectedAmount: '100.00' })).toBe('CHECKOUT_REQUIRED');
    const frozen = { ...CUSTOM, formValues: [{ id: 3932, value: '547RBA02' }] };
    expect(outcome({ payment: frozen })).toBe('CHECKOUT_REQUIRED');
  });

  it.each([
    ['Dynamic', DYNAMIC],
    ['Custom', PRICED],
  ])(
    '%s: a price that differs from the amount the customer saw is refused, by a tiyn in either direction',
    (_, payment) => {
      for (const seen of ['99.99', '100.01']) expect(outcome({ payment, expectedAmount: seen })).toBe('AMOUNT_CHANGED');
      expect(outcome({ payment, expectedAmount: '100' })).toBe('debit');
    },
  );

  it.each([
    ['Dynamic', DYNAMIC],
    ['Custom', PRICED],
  ])('%s: a price that changed since the customer saw it is debited only if the app names it (R43)', (_, priced) => {
    const payment = { ...priced, seenAmount: Money.parse('99.00') };
    expect(outcome({ payment })).toBe('AMOUNT_CHANGED');
    expect(outcome({ payment, expectedAmount: '99.00' })).toBe('AMOUNT_CHANGED');
    expect(outcome({ payment, expectedAmount: '100.00' })).toBe('debit');
  });
});
