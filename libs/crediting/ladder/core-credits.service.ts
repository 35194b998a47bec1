import {
  type CoreAnswer,
  CoreBanking,
  CoreOperations,
  type CreditOrder,
  type CustomerAccount,
  type EarlierCredits,
  type ExternalCore,
  isUsable,
  type Movement,
  payingAccount,
} from '@mpp/core-banking';
import { type AccountId, DomainError } from '@mpp/kernel';
import { Database, type Tx, violatedConstraint } from '@mpp/platform';
import { Recovery } from '@mpp/recovery';
import { Injectable } from '@nestjs/common';
import type { OwedMoney } from '../domain/owed-money.js';
import type { CreditSource } from './credit-source.js';

/** The result of an attempt to credit owed money. */
export type CreditAttempt =
  /** The own ledger posts the credit when the attempt is settled. */
  | { readonly kind: 'own-ledger' }
  | {
      readonly kind: 'requested';
      readonly order: CreditOrder;
      readonly answer: CoreAnswer;
      /** The account that has the money if it is done: the requested one, or that of an earlier reversal of the debit. */
      readonly account: AccountId;
      /** The same account has refused this money before. */
      readonly refusedBefore: boolean;
    }
  /** The customer has no account at the core that takes money. */
  | { readonly kind: 'no-account' }
  | { readonly kind: 'not-requested'; readonly reason: string };

/** An account to be credited at the core. */
interface CreditTarget extends Pick<Movement, 'accountId' | 'coreAccount'> {
  readonly name: string;
}

/** An account at the core that an operator has chosen, and the debit of the payment. */
export interface ChosenTarget {
  readonly target: CreditTarget;
  readonly debit: Movement | null;
}

/**
 * Credits and reversals at a bank's core, one operation of a debt at a time: another account is tried only after the one before
 * has refused for certain, so that the customer is credited once. An operation without a clear answer is repeated under its id.
 */
@Injectable()
export class CoreCredits {
  constructor(
    private readonly core: CoreBanking,
    private readonly operations: CoreOperations,
    private readonly database: Database,
    private readonly recovery: Recovery,
  ) {}

  /** Whether a bank's core keeps the accounts. */
  get enabled(): boolean {
    return this.core.external !== null;
  }

  /** Whether a core has or may have credited the money, also one that is no longer configured. */
  async mayHaveCredited(tx: Tx, id: string): Promise<boolean> {
    return (await this.operations.findPossiblyCredited(tx, [id])).size > 0;
  }

  /** One attempt at the configured core. No transaction is open. */
  async attemptCredit<Owed extends OwedMoney>(source: CreditSource<Owed>, id: string): Promise<CreditAttempt> {
    const core = this.core.external;
    if (core === null) return NO_CORE;
    const before = await this.operations.findEarlierCredits(id);
    if (before.open !== null) return this.request(core, before.open, before);
    const owed = await source.readOwed(id);
    // Settling finds it credited and does nothing.
    if (owed.creditedAt !== null) return { kind: 'own-ledger' };
    const debit = await this.operations.findDebit(owed.paymentId);
    const target = await this.chooseTarget(owed, debit, before);
    if (target === null) return { kind: 'no-account' };
    if (target === 'unknown') return ACCOUNTS_UNKNOWN;
    const order = await this.recordUnlessCredited(source, id, { target, debit });
    return order === null ? { kind: 'own-ledger' } : this.request(core, order, before);
  }

  /**
   * One attempt to give back a debit that the core may have made although it refused it; our books do not have the debit. Its first
   * reversal is on record. No transaction is open.
   */
  async attemptReversal(subject: string): Promise<CreditAttempt> {
    const core = this.core.external;
    if (core === null) return NO_CORE;
    const before = await this.operations.findEarlierCredits(subject);
    if (before.open !== null) return this.request(core, before.open, before);
    const debit = await this.operations.findDebit(subject);
    const { dueAt } = before;
    if (debit === null || dueAt === null) throw new Error(`${subject} has no reversal`);
    const target = await this.chooseTarget(debit, debit, before);
    if (target === null) return { kind: 'no-account' };
    if (target === 'unknown') return ACCOUNTS_UNKNOWN;
    const { operationId: debitId, ...movement } = debit;
    const { accountId, coreAccount, name } = target;
    const next = { ...movement, accountId, coreAccount, debitId };
    // Another attempt of the same moment violates core_operations_one_reversal.
    const order = await this.database.transaction((tx) =>
      this.operations.recordCreditOrder(tx, subject, next, name, dueAt),
    );
    return this.request(core, order, before);
  }

  /**
   * Records that this account will be credited; no other one is until the core has refused. The money is locked. Throws
   * STATE_CONFLICT if another credit of it may have been carried out.
   */
  async recordCredit<Owed extends OwedMoney>(
    tx: Tx,
    source: CreditSource<Owed>,
    owed: Owed,
    { target: { name, accountId, coreAccount }, debit }: ChosenTarget,
  ): Promise<CreditOrder> {
    const { id, customerId, amount, creditBy } = owed;
    const order = { customerId, accountId, coreAccount, amount, ...source.orderOf(owed, debit) };
    try {
      return await this.operations.recordCreditOrder(tx, id, order, name, creditBy);
    } catch (error) {
      if (ONE_AT_A_TIME.has(violatedConstraint(error) ?? '')) throw new DomainError('STATE_CONFLICT');
      throw error;
    }
  }

  /**
   * The customer's account with this id, ours or the bank's. Throws ACCOUNT_UNUSABLE if it takes no money, CORE_UNAVAILABLE also
   * if no core is configured.
   */
  async chooseAccount(owed: OwedMoney, account: string): Promise<ChosenTarget> {
    if (!this.enabled) throw new DomainError('CORE_UNAVAILABLE');
    const target = targetOf(payingAccount(await this.core.findAccounts(owed.customerId), account));
    return { target, debit: await this.operations.findDebit(owed.paymentId) };
  }

  /** In a recovery the core is inquired first: it may know the operation with another account, and refuse this content (R39). */
  private async request(core: ExternalCore, order: CreditOrder, before: EarlierCredits): Promise<CreditAttempt> {
    const { debitId, ...movement } = order;
    const known = this.recovery.active ? await core.findOutcome(order.operationId) : null;
    const answer =
      known?.kind === 'done' || known?.kind === 'refused'
        ? known
        : debitId === null
          ? await core.requestCredit(movement)
          : await core.requestReversal({ ...movement, debitId });
    const told = answer.kind === 'done' ? before.accounts.get(answer.coreAccount ?? '') : undefined;
    const account = told ?? order.accountId;
    return { kind: 'requested', order, answer, account, refusedBefore: before.refusals.has(order.coreAccount) };
  }

  /** Null if the money has been credited from the own ledger, by a process without a core. */
  private async recordUnlessCredited<Owed extends OwedMoney>(
    source: CreditSource<Owed>,
    id: string,
    chosen: ChosenTarget,
  ): Promise<CreditOrder | null> {
    return this.database.transaction(async (tx) => {
      const owed = (await source.lockOwed(tx, [id])).get(id);
      if (owed === undefined) throw new Error(`there is no ${source.debt} ${id}`);
      return owed.creditedAt !== null ? null : this.recordCredit(tx, source, owed, chosen);
    });
  }

  /** The account that paid; once it has refused, the account that refused least often. */
  private async chooseTarget(
    owed: Pick<OwedMoney, 'customerId' | 'accountId'>,
    debit: Movement | null,
    { refusals }: EarlierCredits,
  ): Promise<CreditTarget | null | 'unknown'> {
    if (debit !== null && refusals.size === 0) return { ...debit, name: debit.coreAccount };
    let accounts: readonly CustomerAccount[];
    try {
      accounts = await this.core.findAccounts(owed.customerId);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'CORE_UNAVAILABLE') return 'unknown';
      throw error;
    }
    const refused = ({ coreAccount }: CreditTarget) => refusals.get(coreAccount) ?? 0;
    const others = ({ accountId }: CreditTarget) => (accountId === owed.accountId ? 0 : 1);
    const [target] = accounts
      .filter(isUsable)
      .map(targetOf)
      .toSorted((a, b) => refused(a) - refused(b) || others(a) - others(b));
    return target ?? null;
  }
}

const NO_CORE: CreditAttempt = { kind: 'not-requested', reason: 'CORE_BANKING_URL is no longer set' };
const ACCOUNTS_UNKNOWN: CreditAttempt = { kind: 'not-requested', reason: 'the accounts are not known' };

const ONE_AT_A_TIME: ReadonlySet<string> = new Set(['core_operations_one_credit', 'core_operations_one_reversal']);

function targetOf({ id: accountId, coreAccount, name }: CustomerAccount): CreditTarget {
  if (coreAccount === null) throw new Error(`account ${accountId} is at no core`);
  return { accountId, coreAccount, name };
}
