import { describe, expect, it } from '@jest/globals';
import { type AccountId, DomainError } from '@mpp/kernel';
import fc from 'fast-check';
import { type CustomerAccount, isUsable, payingAccount } from './account.js';

const SALARY = account('019a0000-0000-7000-8000-000000000001', 'KZ75125KZT1001300335');
const SAVINGS = account('019a0000-0000-7000-8000-000000000002', 'KZ75125KZT1001300336');
const DOLLARS = account('019a0000-0000-7000-8000-000000000003', 'KZ75125USD1001300337', { currency: 'USD' });
const BLOCKED = account('019a0000-0000-7000-8000-000000000004', 'KZ75125KZT1001300338', { status: 'BLOCKED' });
const CLOSED = account('019a0000-0000-7000-8000-000000000005', 'KZ75125KZT1001300339', { status: 'CLOSED' });

function account(id: string, coreAccount: string | null, changes: Partial<CustomerAccount> = {}): CustomerAccount {
  const defaults = {
    name: 'Зарплатный',
    currency: 'KZT',
    balance: 100_000n,
    status: 'OPEN',
    preferred: false,
  } as const;
  return { id: id as AccountId, coreAccount, ...defaults, ...changes };
}

/** The refusal as the customer reads it. */
function refusal(accounts: readonly CustomerAccount[], requested: string | null) {
  try {
    payingAccount(accounts, requested);
  } catch (error) {
    if (error instanceof DomainError)
      return { code: error.code, ...(error.facts.detail as { ru: string; kk: string }) };
    throw error;
  }
  throw new Error('the account was not refused');
}

describe('an account is usable', () => {
  it('if it is open and in tenge, whatever its balance: the bank knows its overdraft', () => {
    expect(isUsable(SALARY)).toBe(true);
    expect(isUsable({ ...SALARY, balance: -5n })).toBe(true);
    expect([DOLLARS, BLOCKED, CLOSED].filter(isUsable)).toEqual([]);
  });
});

describe('the account that the customer names', () => {
  const all = [SALARY, SAVINGS, DOLLARS, BLOCKED, CLOSED];

  it.each([
    ['our id', SAVINGS.id],
    ['our id in upper case', SAVINGS.id.toUpperCase()],
    ['the bank’s id', 'KZ75125KZT1001300336'],
  ])('is found by %s', (_, requested) => {
    expect(payingAccount(all, requested)).toBe(SAVINGS);
  });

  it('is debited although another one is preferred', () => {
    expect(payingAccount([{ ...SALARY, preferred: true }, SAVINGS], SAVINGS.id)).toBe(SAVINGS);
  });

  it.each<[string, string, { ru: string; kk: string }]>([
    [
      'does not belong to them',
      '019a0000-0000-7000-8000-0000000000ff',
      { ru: 'У покупателя нет такого счёта.', kk: 'Сатып алушыда мұндай шот жоқ.' },
    ],
    [
      'has a bank’s id that is not theirs',
      'KZ75125KZT9999999999',
      { ru: 'У покупателя нет такого счёта.', kk: 'Сатып алушыда мұндай шот жоқ.' },
    ],
    ['is closed', CLOSED.id, { ru: 'Этот счёт закрыт.', kk: 'Бұл шот жабылған.' }],
    ['is blocked', 'KZ75125KZT1001300338', { ru: 'Этот счёт заблокирован.', kk: 'Бұл шот бұғатталған.' }],
    [
      'is in dollars',
      DOLLARS.id,
      { ru: 'Оплатить можно только со счёта в тенге.', kk: 'Тек теңге шотынан төлеуге болады.' },
    ],
  ])('is refused in their language if it %s', (_, requested, words) => {
    expect(refusal(all, requested)).toEqual({ code: 'ACCOUNT_UNUSABLE', ...words });
  });

  it('is refused as closed if it is closed and in dollars', () => {
    expect(refusal([{ ...DOLLARS, status: 'CLOSED' }], DOLLARS.id).ru).toBe('Этот счёт закрыт.');
  });

  it('is found by the exact bank’s id: its case matters', () => {
    const withLetters = account('019a0000-0000-7000-8000-000000000006', 'Acc-1');
    expect(payingAccount([withLetters], 'Acc-1')).toBe(withLetters);
    expect(refusal([withLetters], 'acc-1').ru).toBe('У покупателя нет такого счёта.');
  });

  it('has no bank’s id in the own ledger: it is found by our id only', () => {
    const own = { ...SALARY, coreAccount: null };
    expect(payingAccount([own], own.id)).toBe(own);
    expect(refusal([own], 'null').ru).toBe('У покупателя нет такого счёта.');
  });

  it('is not replaced by another usable account', () => {
    expect(refusal([SALARY, BLOCKED], BLOCKED.id).ru).toBe('Этот счёт заблокирован.');
  });
});

describe('if the customer names no account,', () => {
  it('the preferred account is debited', () => {
    const preferred = { ...SAVINGS, preferred: true };
    expect(payingAccount([SALARY, preferred], null)).toBe(preferred);
  });

  it('a preferred account that is not usable is ignored', () => {
    const preferred = { ...BLOCKED, preferred: true };
    expect(payingAccount([preferred, SALARY], null)).toBe(SALARY);
    expect(refusal([preferred, SALARY, SAVINGS], null).ru).toBe('Выберите счёт, с которого платить.');
  });

  it('the only usable account is debited, whatever other accounts there are', () => {
    expect(payingAccount([DOLLARS, BLOCKED, SALARY, CLOSED], null)).toBe(SALARY);
  });

  it('and several are usable, the customer must choose', () => {
    expect(refusal([SALARY, SAVINGS], null)).toEqual({
      code: 'ACCOUNT_UNUSABLE',
      ru: 'Выберите счёт, с которого платить.',
      kk: 'Төлейтін шотты таңдаңыз.',
    });
  });

  it.each([
    ['there is none', []],
    ['none is usable', [DOLLARS, BLOCKED, CLOSED]],
  ])('and %s, the payment is refused', (_, accounts) => {
    expect(refusal(accounts, null)).toEqual({
      code: 'ACCOUNT_UNUSABLE',
      ru: 'У покупателя нет открытого счёта в тенге.',
      kk: 'Сатып алушыда ашық теңге шоты жоқ.',
    });
  });
});

it('the debited account belongs to the customer, is open and in tenge, for any accounts and any choice', () => {
  const accounts = fc
    .record({
      number: fc.integer({ min: 0, max: 5 }),
      status: fc.constantFrom('OPEN', 'BLOCKED', 'CLOSED'),
      currency: fc.constantFrom('KZT', 'USD'),
      preferred: fc.boolean(),
    })
    .map(({ number, ...changes }) =>
      account(`019a0000-0000-7000-8000-00000000000${number}`, `KZ${number}`, changes as Partial<CustomerAccount>),
    );
  const requestedId = fc.constantFrom(null, 'KZ1', 'KZ2', 'KZ9', '019a0000-0000-7000-8000-000000000003');
  fc.assert(
    fc.property(fc.array(accounts, { maxLength: 6 }), requestedId, (all, requested) => {
      try {
        const paying = payingAccount(all, requested);
        expect(all).toContain(paying);
        expect(isUsable(paying)).toBe(true);
        if (requested !== null) expect([paying.id, paying.coreAccount]).toContain(requested);
      } catch (error) {
        expect((error as DomainError).code).toBe('ACCOUNT_UNUSABLE');
      }
    }),
    { numRuns: 300 },
  );
});
