import { CoreBanking, isUsable, payingAccount } from '@mpp/core-banking';
import { type AccountId, accountId, type CustomerId, DomainError, Money, NO_ACCOUNT } from '@mpp/kernel';
import { Ledger, type NewEntry, SHARED_ACCOUNTS } from '@mpp/ledger';
import { type Tx, violatedConstraint } from '@mpp/platform';
import { Recovery } from '@mpp/recovery';
import { Injectable } from '@nestjs/common';
import { throwConflict } from '../domain/conflict.js';
import type { DifferenceDecision } from '../domain/difference.js';
import type { SettleAction } from '../domain/discrepancy.js';
import { isSameCustomer } from '../domain/same-customer.js';
import type { KnownAccounts } from './core-accounts.js';
import { CoreMoves } from './core-moves.service.js';
import type { DifferenceFacts } from './difference-facts.js';
import { MAY_HAVE_MOVED } from './refusals.js';

const { DIFFERENCES, PAYABLE_TO_KASPI, RECEIVABLE_FROM_KASPI, FEES } = SHARED_ACCOUNTS;

/** The journal entries of a settled discrepancy, all under the id of its operation. */
@Injectable()
export class DifferencePostings {
  constructor(
    private readonly ledger: Ledger,
    private readonly core: CoreBanking,
    private readonly moves: CoreMoves,
    private readonly recovery: Recovery,
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
   * Gives customers' money and takes it, against the differences: at a bank's core after the commit. Throws ACCOUNT_UNUSABLE for an
   * account that is not open or not the customer's; STATE_CONFLICT if its balance in the own ledger is too low.
   */
  async moveCustomersMoney(tx: Tx, facts: DifferenceFacts, part: CustomersPart): Promise<void> {
    const { reference, decision, account, action } = part;
    const { credit, debit } = decision;
    if (credit === 0n && debit === 0n) {
      if (account !== null) throw new DomainError('ACCOUNT_UNUSABLE');
      return;
    }
    if (this.core.external !== null) return this.moveAtCore(tx, facts, part);
    if (facts.payment?.debitRequestedAt) throwConflict(NO_CORE);
    const named = account === null ? null : await this.lockNamedAccount(tx, facts, account, debit > 0n, action);
    const entries: NewEntry[] = [];
    if (debit > 0n) {
      if (named === null) throw new DomainError('ACCOUNT_UNUSABLE');
      const parties = { debit: named, credit: DIFFERENCES };
      entries.push({ purpose: 'DIFFERENCE_DEBIT', reference, ...parties, amount: Money.ofTiyn(debit) });
    }
    if (credit > 0n) {
      const credited = named === null || isPayers(facts, action) ? await this.lockOwnAccount(tx, facts) : named;
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
    const expected = expectedCustomer(facts, action);
    // A row without a customer leaves it to the operator.
    if (owner === null || (expected !== null && !isSameCustomer(owner, expected)))
      throw new DomainError('ACCOUNT_UNUSABLE');
    if (debits && expected === null && !facts.difference.listedOnly) throw new DomainError('ACCOUNT_UNUSABLE');
    return account;
  }

  /** The account that paid, or from which an operator took the amount, else another one of the customer. */
  private async lockOwnAccount(tx: Tx, facts: DifferenceFacts): Promise<AccountId> {
    const paying = await this.findPayingAccount(tx, facts);
    if (await this.ledger.isAtCore(tx, paying.account)) throwConflict(NO_CORE);
    const receiver = { customer: paying.customer, preferred: paying.account };
    const [account] = await this.ledger.lockReceivingAccounts(tx, [receiver]);
    if (account == null) throw new DomainError('ACCOUNT_UNUSABLE');
    return account;
  }

  private async findPayingAccount(tx: Tx, { payment, operation: { id, customerId } }: DifferenceFacts) {
    const isPayer = payment !== null && (customerId === null || isSameCustomer(payment.customerId, customerId));
    const paying =
      isPayer && payment.accountId !== null
        ? { customer: payment.customerId, account: payment.accountId }
        : customerId && (await this.ledger.findDebitedAccount(tx, id, customerId as CustomerId));
    if (!paying) throw new DomainError('ACCOUNT_UNUSABLE');
    return paying;
  }

  private async moveAtCore(tx: Tx, facts: DifferenceFacts, part: CustomersPart): Promise<void> {
    const { discrepancyId, reference, decision, account, action, accounts } = part;
    // The core may have moved this money already, for an operation that is forgotten, under another id (R39).
    const { operation, payment } = facts;
    const isOld = this.recovery.wasRestored({ createdAt: operation.at });
    if (isOld || (payment !== null && this.recovery.wasRestored(payment))) throwConflict(MAY_HAVE_MOVED);
    const move = { discrepancyId, reference };
    const merchant = payment?.merchant?.name ?? null;
    const named = async () => {
      const customer = await this.findCustomer(tx, expectedCustomer(facts, action), account, payment?.customerId);
      return { customer, account: payingAccount(accounts.of(customer), account) };
    };
    const { debit, credit } = decision;
    if (debit > 0n)
      await this.moves.request(tx, operation, merchant, { ...move, kind: 'DEBIT', amount: debit, ...(await named()) });
    if (credit > 0n) {
      const credited =
        account === null || isPayers(facts, action) ? this.findOwnAccountAtCore(tx, facts, accounts) : named();
      await this.moves.request(tx, operation, merchant, {
        ...move,
        kind: 'CREDIT',
        amount: credit,
        ...(await credited),
      });
    }
  }

  /** A row may lack the customer or the zeros before their id: then they must have paid before. */
  private async findCustomer(
    tx: Tx,
    expected: string | null,
    account: string | null,
    payer: CustomerId | undefined,
  ): Promise<CustomerId> {
    if (account === null) throw new DomainError('ACCOUNT_UNUSABLE');
    const owners = await this.ledger.findCoreCustomers(tx, account);
    const known = payer === undefined ? owners : [payer, ...owners];
    const named = expected === null ? null : (known.find((one) => isSameCustomer(one, expected)) ?? expected);
    const customer = named ?? (owners.length === 1 ? owners[0] : undefined);
    if (customer === undefined) throw new DomainError('ACCOUNT_UNUSABLE');
    return customer as CustomerId;
  }

  private async findOwnAccountAtCore(tx: Tx, facts: DifferenceFacts, accounts: KnownAccounts) {
    const { customer, account: preferred } = await this.findPayingAccount(tx, facts);
    const usable = accounts.of(customer).filter(isUsable);
    const account = usable.find(({ id }) => id === preferred) ?? usable[0];
    if (account === undefined) throw new DomainError('ACCOUNT_UNUSABLE');
    return { customer, account };
  }
}

/** What a settlement gives to customers and takes from them. */
export interface CustomersPart {
  readonly discrepancyId: string;
  /** Of the journal entries. */
  readonly reference: string;
  readonly decision: DifferenceDecision;
  /** The account that the operator names. */
  readonly account: string | null;
  readonly action: SettleAction;
  readonly accounts: KnownAccounts;
}

/** Whose account the operator names. */
function expectedCustomer({ difference: { kind }, operation, row }: DifferenceFacts, action: SettleAction) {
  const ofRow = kind === 'CUSTOMER_MISMATCH' ? action === 'TAKE_UP' : kind === 'MISSING_AT_MPP';
  return ofRow ? (row?.customerId ?? operation.customerId) : operation.customerId;
}

/** The account that is named is that of the customer who pays instead. */
function isPayers({ difference: { kind, type } }: DifferenceFacts, action: SettleAction): boolean {
  return kind === 'CUSTOMER_MISMATCH' && type === 'PURCHASE' && action === 'TAKE_UP';
}

const NO_CORE = {
  ru: 'Клиент платил со счёта в АБС банка, а она больше не подключена: подключите её снова или закройте расхождение без денег клиента (BOOK_DIFFERENCE, если оно возможно, или EXPLAIN).',
  kk: 'Клиент банк жүйесіндегі шоттан төлеген, ал ол енді қосылмаған: оны қайта қосыңыз немесе айырмашылықты клиенттің ақшасынсыз жабыңыз (мүмкін болса BOOK_DIFFERENCE, әйтпесе EXPLAIN).',
};
const NOT_ENOUGH_MONEY = {
  ru: 'На счёте клиента недостаточно денег.',
  kk: 'Клиенттің шотында ақша жеткіліксіз.',
};
