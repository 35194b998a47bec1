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
  const usual = { name: 'Зарплатный', currency: 'KZT', balance: 100_000n, status: 'OPEN', preferred: false } as const;
  return { id: id as AccountId, coreAccount, ...usual, ...changes };
}

/** What the customer reads. */
function refusal(accounts: readonly CustomerAccount[], asked: string | null) {
  try {
    payingAccount(accounts, asked);
  } catch (error) {
    if (error instanceof DomainError)
      return { code: error.code, ...(error.facts.detail as { ru: string; kk: string }) };
    throw error;
  }
  throw new Error('it was not refused');
}

describe('an account can be paid from', () => {
  it('where it is open and in tenge, whatever it has: only whoever keeps it knows how far it may go', () => {
    expect(isUsable(SALARY)).toBe(true);
    expect(isUsable({ ...SALARY, balance: -5n })).toBe(true);
    expect([DOLLARS, BLOCKED, CLOSED].filter(isUsable)).toEqual([]);
  });
});

describe('the account that the customer names', () => {
  const all = [SALARY, SAVINGS, DOLLARS, BLOCKED, CLOSED];

  it.each([
    ['our id', SAVINGS.id],
    ['our id in capitals', SAVINGS.id.toUpperCase()],
    ['the bank’s own id', 'KZ75125KZT1001300336'],
  ])('by %s is the one', (_, asked) => {
    expect(payingAccount(all, asked)).toBe(SAVINGS);
  });

  it('is taken though another one is preferred', () => {
    expect(payingAccount([{ ...SALARY, preferred: true }, SAVINGS], SAVINGS.id)).toBe(SAVINGS);
  });

  it.each<[string, string, { ru: string; kk: string }]>([
    [
      'is not theirs',
      '019a0000-0000-7000-8000-0000000000ff',
      { ru: 'У покупателя нет такого счёта.', kk: 'Сатып алушыда мұндай шот жоқ.' },
    ],
    [
      'is the bank’s id of somebody else',
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
  ])('and that %s is refused in their own words', (_, asked, words) => {
    expect(refusal(all, asked)).toEqual({ code: 'ACCOUNT_UNUSABLE', ...words });
  });

  it('and that is closed and in dollars is closed first of all', () => {
    expect(refusal([{ ...DOLLARS, status: 'CLOSED' }], DOLLARS.id).ru).toBe('Этот счёт закрыт.');
  });

  it('is to the letter what the bank calls it: a bank’s id is not ours to change', () => {
    const letters = account('019a0000-0000-7000-8000-000000000006', 'Acc-1');
    expect(payingAccount([letters], 'Acc-1')).toBe(letters);
    expect(refusal([letters], 'acc-1').ru).toBe('У покупателя нет такого счёта.');
  });

  it('has no name at a bank where the own ledger keeps it: only our id names it', () => {
    const own = { ...SALARY, coreAccount: null };
    expect(payingAccount([own], own.id)).toBe(own);
    expect(refusal([own], 'null').ru).toBe('У покупателя нет такого счёта.');
  });

  it('is not replaced by another one that could pay', () => {
    expect(refusal([SALARY, BLOCKED], BLOCKED.id).ru).toBe('Этот счёт заблокирован.');
  });
});

describe('where the customer names none', () => {
  it('the preferred one pays', () => {
    const preferred = { ...SAVINGS, preferred: true };
    expect(payingAccount([SALARY, preferred], null)).toBe(preferred);
  });

  it('a preferred one that cannot pay is passed over', () => {
    const preferred = { ...BLOCKED, preferred: true };
    expect(payingAccount([preferred, SALARY], null)).toBe(SALARY);
    expect(refusal([preferred, SALARY, SAVINGS], null).ru).toBe('Выберите счёт, с которого платить.');
  });

  it('the only one that can pay does, whatever else they have', () => {
    expect(payingAccount([DOLLARS, BLOCKED, SALARY, CLOSED], null)).toBe(SALARY);
  });

  it('of several that could the customer is to choose', () => {
    expect(refusal([SALARY, SAVINGS], null)).toEqual({
      code: 'ACCOUNT_UNUSABLE',
      ru: 'Выберите счёт, с которого платить.',
      kk: 'Төлейтін шотты таңдаңыз.',
    });
  });

  it.each([
    ['no account at all', []],
    ['none that can pay', [DOLLARS, BLOCKED, CLOSED]],
  ])('and there is %s, the payment is refused', (_, accounts) => {
    expect(refusal(accounts, null)).toEqual({
      code: 'ACCOUNT_UNUSABLE',
      ru: 'У покупателя нет открытого счёта в тенге.',
      kk: 'Сатып алушыда ашық теңге шоты жоқ.',
    });
  });
});

it('whatever accounts a customer has and names, one that pays is theirs, open and in tenge', () => {
  const anAccount = fc
    .record({
      number: fc.integer({ min: 0, max: 5 }),
      status: fc.constantFrom('OPEN', 'BLOCKED', 'CLOSED'),
      currency: fc.constantFrom('KZT', 'USD'),
      preferred: fc.boolean(),
    })
    .map(({ number, ...changes }) =>
      account(`019a0000-0000-7000-8000-00000000000${number}`, `KZ${number}`, changes as Partial<CustomerAccount>),
    );
  const asked = fc.constantFrom(null, 'KZ1', 'KZ2', 'KZ9', '019a0000-0000-7000-8000-000000000003');
  fc.assert(
    fc.property(fc.array(anAccount, { maxLength: 6 }), asked, (accounts, named) => {
      try {
        const paying = payingAccount(accounts, named);
        expect(accounts).toContain(paying);
        expect(isUsable(paying)).toBe(true);
        if (named !== null) expect([paying.id, paying.coreAccount]).toContain(named);
      } catch (error) {
        expect((error as DomainError).code).toBe('ACCOUNT_UNUSABLE');
      }
    }),
    { numRuns: 300 },
  );
});
