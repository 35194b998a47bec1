import { type AccountId, Clock } from '@mpp/kernel';
import type { Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { NewEntry } from '../domain/entry.js';
import { type Receiver, receivingAccount } from '../domain/receiver.js';
import { insertEntries, lockCustomerAccounts } from '../persistence/posting.statement.js';

/**
 * The double-entry journal, in tiyn. The database refuses an unbalanced entry, an update, a delete and an overdraft. The debit
 * of a payment does not pass here: it is `ledger_post(…)` in the payment's own statement.
 */
@Injectable()
export class Ledger {
  constructor(private readonly clock: Clock) {}

  /** Posts the entries in the caller's transaction. */
  async postEntries(tx: Tx, entries: readonly NewEntry[]): Promise<void> {
    if (entries.length > 0) await insertEntries(tx, entries, this.clock.now());
  }

  /**
   * For each receiver the account to credit, null if the customer has no open account; see {@link receivingAccount}. Until
   * the transaction ends, no account of these customers can be closed or blocked.
   */
  async lockReceivingAccounts(tx: Tx, receivers: readonly Receiver[]): Promise<(AccountId | null)[]> {
    if (receivers.length === 0) return [];
    const accounts = await lockCustomerAccounts(
      tx,
      receivers.map(({ customer }) => customer),
    );
    return receivers.map((receiver) => receivingAccount(accounts, receiver));
  }
}
