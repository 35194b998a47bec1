import { CoreBanking, type CustomerAccount } from '@mpp/core-banking';
import type { CustomerId } from '@mpp/kernel';
import { Injectable } from '@nestjs/common';

/** The accounts at a bank's core that a settlement needs; they are read between its tries, since no transaction waits for a network. */
export class KnownAccounts {
  private readonly accounts = new Map<CustomerId, readonly CustomerAccount[]>();

  add(customer: CustomerId, accounts: readonly CustomerAccount[]): void {
    this.accounts.set(customer, accounts);
  }

  /** Throws {@link AccountsNeeded} if they are not read yet. */
  of(customer: CustomerId): readonly CustomerAccount[] {
    const accounts = this.accounts.get(customer);
    if (accounts === undefined) throw new AccountsNeeded(customer);
    return accounts;
  }
}

class AccountsNeeded extends Error {
  constructor(readonly customer: CustomerId) {
    super('the accounts of a customer at the core are not read yet');
  }
}

@Injectable()
export class CoreAccounts {
  constructor(private readonly core: CoreBanking) {}

  /** Tries the work again with the accounts that it needed. Throws CORE_UNAVAILABLE if the core does not tell them. */
  async withAccounts(work: (accounts: KnownAccounts) => Promise<void>): Promise<void> {
    const accounts = new KnownAccounts();
    for (;;) {
      try {
        await work(accounts);
        return;
      } catch (error) {
        if (!(error instanceof AccountsNeeded)) throw error;
        accounts.add(error.customer, await this.core.findAccounts(error.customer));
      }
    }
  }
}
