import type { CoreAccountItem, CoreAccountsAnswer } from '@mpp/core-banking/wire';
import type { CoreAccount } from '../domain/core-account.js';

export function accountsAnswer(accounts: readonly CoreAccount[]): CoreAccountsAnswer {
  return { accounts: accounts.map(accountItem) };
}

function accountItem({ accountId, name, currency, balance, status, preferred }: CoreAccount): CoreAccountItem {
  return { id: accountId, name, currency, balance: balance.toString(), status, preferred };
}
