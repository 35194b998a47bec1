import { CoreBanking } from '@mpp/core-banking';
import { type AccountId, accountId, type CustomerId, DomainError, Money, NO_ACCOUNT } from '@mpp/kernel';
import { Ledger, type NewEntry, SHARED_ACCOUNTS } from '@mpp/ledger';
import { type Tx, violatedConstraint } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { throwConflict } from '../domain/conflict.js';
import type { DifferenceDecision } from '../domain/difference.js';
import type { SettleAction } from '../domain/discrepancy.js';
import { isSameCustomer } from '../domain/same-customer.js';
import type { DifferenceFacts } from './difference-facts.js';

const { DIFFERENCES, PAYABLE_TO_KASPI, RECEIVABLE_FROM_KASPI, FEES } = SHARED_ACCOUNTS;

/** The journal entries of a settled discrepancy, all under the id of its operation. */
@Injectable()
export class DifferencePostings {
  constructor(
    private readonly ledger: Ledger,
    private readonly core: CoreBanking,
  ) {}

  /** What is owed for the operation, and its fee, against the differences. */
  async postDifference(
    tx: Tx,
    { difference: { type } }: DifferenceFacts,
    reference: string,
    { owedChange, feeChange }: DifferenceDecision,
  ): Promise<void> {
    const entries: NewEntry[] = [];
    const post = (debit: AccountId, credit: AccountId, amount: bigint) => {
      if (amount === 0n) return;
      const parties = amount > 0n ? { debit, credit } : { debit: credit, credit: debit };
      entries.push({
        purpose: 'DIFFERENCE',
        reference,
        ...parties,
        amount: Money.ofTiyn(amount > 0n ? amount : -amount),
      });
    };
    if (type === 'PURCHASE') post(DIFFERENCES, PAYABLE_TO_KASPI, owedChange);
    else post(RECEIVABLE_FROM_KASPI, DIFFERENCES, owedChange);
    post(DIFFERENCES, FEES, feeChange);
    await this.ledger.postEntries(tx, entries);
  }

  /**
   * Gives customers' money and takes it, against the differences. Throws ACCOUNT_UNUSABLE for an account that is not open or not
   * the customer's; STATE_CONFLICT if its balance is too low, or if a bank's core keeps the accounts.
   */
  async moveCustomersMoney(
    tx: Tx,
    facts: DifferenceFacts,
    reference: string,
    { credit, debit }: DifferenceDecision,
    account: string | null,
    action: SettleAction,
  ): Promise<void> {
    if (credit === 0n && debit === 0n) {
      if (account !== null) throw new DomainError('ACCOUNT_UNUSABLE');
      return;
    }
    if (this.core.external !== null || facts.payment?.debitRequestedAt) throwConflict(AT_THE_CORE);
    const named = account === null ? null : await this.lockNamedAccount(tx, facts, account, debit > 0n, action);
    const entries: NewEntry[] = [];
    if (debit > 0n) {
      if (named === null) throw new DomainError('ACCOUNT_UNUSABLE');
      const parties = { debit: named, credit: DIFFERENCES };
      entries.push({ purpose: 'DIFFERENCE_DEBIT', reference, ...parties, amount: Money.ofTiyn(debit) });
    }
    if (credit > 0n) {
      const { kind, type } = facts.difference;
      // The account that is named is that of the customer who pays instead.
      const isPayers = kind === 'CUSTOMER_MISMATCH' && type === 'PURCHASE' && action === 'TAKE_UP';
      const credited = named === null || isPayers ? await this.lockOwnAccount(tx, facts) : named;
      const parties = { debit: DIFFERENCES, credit: credited };
      entries.push({ purpose: 'DIFFERENCE_CREDIT', reference, ...parties, amount: Money.ofTiyn(credit) });
    }
    try {
      await this.ledger.postEntries(tx, entries);
    } catch (error) {
      if (violatedConstraint(error) === 'ledger_accounts_no_overdraft') throwConflict(NOT_ENOUGH_MONEY);
      throw error;
    }
  }

  /** The account that the operator names, of the customer whom the action concerns. */
  private async lockNamedAccount(
    tx: Tx,
    facts: DifferenceFacts,
    text: string,
    debits: boolean,
    action: SettleAction,
  ): Promise<AccountId> {
    const account = accountId(text) ?? NO_ACCOUNT;
    const owner = await this.ledger.lockOpenAccount(tx, account);
    const { difference, operation, row } = facts;
    const ofRow = difference.kind === 'CUSTOMER_MISMATCH' ? action === 'TAKE_UP' : difference.kind === 'MISSING_AT_MPP';
    const expected = ofRow ? (row?.customerId ?? operation.customerId) : operation.customerId;
    // A row without a customer leaves it to the operator.
    if (owner === null || (expected !== null && !isSameCustomer(owner, expected)))
      throw new DomainError('ACCOUNT_UNUSABLE');
    if (debits && expected === null && !difference.listedOnly) throw new DomainError('ACCOUNT_UNUSABLE');
    return account;
  }

  /** The account that paid, or from which an operator took the amount, else another one of the customer. */
  private async lockOwnAccount(
    tx: Tx,
    { payment, operation: { id, customerId } }: DifferenceFacts,
  ): Promise<AccountId> {
    const isPayer = payment !== null && (customerId === null || isSameCustomer(payment.customerId, customerId));
    const paying =
      isPayer && payment.accountId !== null
        ? { customer: payment.customerId, account: payment.accountId }
        : customerId && (await this.ledger.findDebitedAccount(tx, id, customerId as CustomerId));
    if (!paying) throw new DomainError('ACCOUNT_UNUSABLE');
    const receiver = { customer: paying.customer, preferred: paying.account };
    const [account] = await this.ledger.lockReceivingAccounts(tx, [receiver]);
    if (account == null) throw new DomainError('ACCOUNT_UNUSABLE');
    return account;
  }
}

const AT_THE_CORE = {
  ru: 'Счета ведёт АБС банка: проведите расхождение (BOOK_DIFFERENCE), а деньги клиента переведите в АБС.',
  kk: 'Шоттарды банктің жүйесі жүргізеді: айырмашылықты өткізіңіз (BOOK_DIFFERENCE), клиенттің ақшасын сол жүйеде аударыңыз.',
};
const NOT_ENOUGH_MONEY = {
  ru: 'На счёте клиента недостаточно денег.',
  kk: 'Клиенттің шотында ақша жеткіліксіз.',
};
