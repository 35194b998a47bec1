import type { CustomerId } from '@mpp/kernel';
import { CustomerAccounts } from '@mpp/ledger';
import { Injectable } from '@nestjs/common';
import { CoreBanking } from './core-banking.js';
import type { CustomerAccount } from './domain/account.js';

/** The own ledger as the core: a wallet's. */
@Injectable()
export class LedgerCore extends CoreBanking {
  override readonly external = null;

  constructor(private readonly customerAccounts: CustomerAccounts) {
    super();
  }

  /** Those that are open; the oldest is the preferred one. */
  override async accounts(customer: CustomerId): Promise<CustomerAccount[]> {
    const accounts = await this.customerAccounts.listOpen(customer);
    return accounts.map(({ id, name, currency, balance }, index) => ({
      id,
      coreAccount: null,
      name,
      currency,
      balance: balance.tiyn,
      status: 'OPEN',
      preferred: index === 0,
    }));
  }
}
