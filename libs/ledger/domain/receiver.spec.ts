import { describe, expect, it } from '@jest/globals';
import type { AccountId, CustomerId } from '@mpp/kernel';
import type { LedgerAccount } from './account.js';
import { receivingAccount } from './receiver.js';

const customer = '900900000001' as CustomerId;
const account = (id: string, age: number, changes: Partial<LedgerAccount> = {}) => ({
  id: id as AccountId,
  customerId: customer,
  status: 'OPEN' as const,
  createdAt: new Date(Date.UTC(2026, 0, 10 - age)),
  ...changes,
});
const preferred = 'b' as AccountId;

describe('money for a customer is credited', () => {
  it('to the preferred account if it is open', () => {
    expect(receivingAccount([account('a', 5), account('b', 1)], { customer, preferred })).toBe('b');
  });

  it.each(['CLOSED', 'BLOCKED'] as const)(
    'to the customer’s oldest open account if the preferred one is %s',
    (status) => {
      const accounts = [account('d', 2), account('b', 9, { status }), account('c', 3), account('a', 8, { status })];
      expect(receivingAccount(accounts, { customer, preferred })).toBe('c');
    },
  );

  it('to no account if the customer has no open one, even if another customer has', () => {
    const accounts = [
      account('b', 1, { status: 'CLOSED' }),
      account('z', 9, { customerId: '900900000002' as CustomerId }),
    ];
    expect(receivingAccount(accounts, { customer, preferred })).toBeNull();
  });

  it('never to another customer’s account, even if it is the preferred one', () => {
    const accounts = [account('b', 1, { customerId: '900900000002' as CustomerId })];
    expect(receivingAccount(accounts, { customer, preferred })).toBeNull();
  });
});
