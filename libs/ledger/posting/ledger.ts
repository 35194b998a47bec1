import { type AccountId, Clock, type CustomerId } from '@mpp/kernel';
import type { Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { NewEntry } from '../domain/entry.js';
import { type Receiver, receivingAccount } from '../domain/receiver.js';
import {
  insertEntries,
  isCoreAccount,
  lockCustomerAccounts,
  lockOpenAccount,
  selectCoreCustomers,
  selectDebitedAccount,
  selectOwed,
  selectPosition,
} from '../persistence/posting.statement.js';

/** What the entries of an operation say, in tiyn; corrected entries do not count. */
export interface CustomerPosition {
  /** What we owe Kaspi for it. */
  readonly owed: bigint;
  /** What was taken from the customer and not given back; negative if more was given. */
  readonly held: bigint;
}

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

  /** For each reference what its entries leave owed to Kaspi, in tiyn. */
  async readOwed(tx: Tx, references: readonly string[]): Promise<ReadonlyMap<string, bigint>> {
    return references.length === 0 ? new Map() : selectOwed(tx, references);
  }

  /** Of the operation with this reference, for this customer; null: for all customers. */
  async readPosition(tx: Tx, reference: string, customer: CustomerId | null): Promise<CustomerPosition> {
    return selectPosition(tx, reference, customer);
  }

  /**
   * The customer's account from which operators took a difference of the operation last, and the customer with leading zeros; null if
   * they took none.
   */
  async findDebitedAccount(
    tx: Tx,
    reference: string,
    customer: CustomerId,
  ): Promise<{ account: AccountId; customer: CustomerId } | null> {
    return selectDebitedAccount(tx, reference, customer);
  }

  /** The customers whose account at the core this is, by our id of it or the bank's; none if it is not used yet. */
  async findCoreCustomers(tx: Tx, account: string): Promise<CustomerId[]> {
    return selectCoreCustomers(tx, account);
  }

  async isAtCore(tx: Tx, account: AccountId): Promise<boolean> {
    return isCoreAccount(tx, account);
  }

  /** The customer of an open account, which stays open until the transaction ends; null if there is no such account. */
  async lockOpenAccount(tx: Tx, account: AccountId): Promise<CustomerId | null> {
    return lockOpenAccount(tx, account);
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
