import type { CustomerId } from '@mpp/kernel';
import { CustomerAccounts } from '@mpp/ledger';
import { Injectable } from '@nestjs/common';
import type { CustomerAccount } from '../domain/account.js';
import { CoreBanking } from '../domain/core-banking.js';

/** The own ledger as the core, for a wallet. */
@Injectable()
export class LedgerCore extends CoreBanking {
  override readonly external = null;

  constructor(private readonly customerAccounts: CustomerAccounts) {
    super();
  }

  /** The open accounts, the oldest of which is preferred. */
  override async findAccounts(customer: CustomerId): Promise<CustomerAccount[]> {
    const accounts = await this.customerAccounts.listOpenAccounts(customer);
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
