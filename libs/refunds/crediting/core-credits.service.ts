import {
  type CoreAnswer,
  CoreBanking,
  CoreOperations,
  type CustomerAccount,
  type ExternalCore,
  isUsable,
  type Movement,
  payingAccount,
} from '@mpp/core-banking';
import { DomainError } from '@mpp/kernel';
import { Database, type Tx, violatedConstraint } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Refund } from '../domain/refund.js';
import { RefundsRepository } from '../persistence/refunds.repository.js';

/** The result of an attempt to credit a refund. */
export type CreditAttempt =
  /** The own ledger posts the credit when the attempt is settled. */
  | { readonly kind: 'own-ledger' }
  | {
      readonly kind: 'requested';
      readonly movement: Movement;
      readonly answer: CoreAnswer;
      /** The same account has refused this refund before. */
      readonly refusedBefore: boolean;
    }
  /** The customer has no account at the core that takes money. */
  | { readonly kind: 'no-account' }
  | { readonly kind: 'not-requested'; readonly reason: string };

/** An account to be credited at the core. */
export interface CreditTarget extends Pick<Movement, 'accountId' | 'coreAccount'> {
  readonly name: string;
}

/**
 * Credits at a bank's core, one operation of a refund at a time: another account is tried only after the one before has
 * refused for certain, so that the customer is credited once.
 */
@Injectable()
export class CoreCredits {
  constructor(
    private readonly core: CoreBanking,
    private readonly operations: CoreOperations,
    private readonly refunds: RefundsRepository,
    private readonly database: Database,
  ) {}

  /** Whether a bank's core keeps the accounts. */
  get enabled(): boolean {
    return this.core.external !== null;
  }

  /** Whether a core has or may have credited the refund, also one that is no longer configured. */
  async mayHaveCredited(tx: Tx, id: string): Promise<boolean> {
    return (await this.operations.findPossiblyCreditedRefunds(tx, [id])).size > 0;
  }

  /** One attempt. No transaction is open. */
  async attemptCredit(id: string): Promise<CreditAttempt> {
    const core = this.core.external;
    if (core === null) return { kind: 'own-ledger' };
    const before = await this.operations.findCreditsOfRefund(id);
    if (before.open !== null) return this.request(core, before.open, before.refusals);
    const refund = await this.refunds.readRefund(id);
    // Settling finds it credited and does nothing.
    if (refund.status === 'CREDITED') return { kind: 'own-ledger' };
    const target = await this.chooseTarget(refund, before.refusals);
    if (target === null) return { kind: 'no-account' };
    if (target === 'unknown') return { kind: 'not-requested', reason: 'the accounts are not known' };
    const movement = await this.recordUnlessCredited(id, target);
    return movement === null ? { kind: 'own-ledger' } : this.request(core, movement, before.refusals);
  }

  /** Null if the refund has been credited from the own ledger, by a process without a core. */
  private async recordUnlessCredited(id: string, target: CreditTarget): Promise<Movement | null> {
    return this.database.transaction(async (tx) => {
      const refund = (await this.refunds.lockRefunds(tx, [id])).get(id);
      if (refund === undefined) throw new Error(`refund ${id} does not exist`);
      return refund.status === 'CREDITED' ? null : this.recordCredit(tx, refund, target);
    });
  }

  /**
   * Records that this account will be credited; no other one is until the core has refused. The refund is locked. Throws
   * STATE_CONFLICT if another credit of the refund may have been carried out.
   */
  async recordCredit(tx: Tx, refund: Refund, { name, accountId, coreAccount }: CreditTarget): Promise<Movement> {
    const { customerId, amount, refundId: reference } = refund;
    const account = { customerId, accountId, coreAccount };
    const movement = { operationId: uuidv7(), ...account, amount, reference, description: 'Kaspi QR: возврат' };
    try {
      await this.operations.recordCredit(tx, refund.id, movement, name);
    } catch (error) {
      if (violatedConstraint(error) === 'core_operations_one_credit') throw new DomainError('STATE_CONFLICT');
      throw error;
    }
    return movement;
  }

  /** The customer's account with this id, ours or the bank's. Throws ACCOUNT_UNUSABLE if it takes no money, CORE_UNAVAILABLE. */
  async findTarget(refund: Pick<Refund, 'customerId'>, account: string): Promise<CreditTarget> {
    return targetOf(payingAccount(await this.core.findAccounts(refund.customerId), account));
  }

  private async request(core: ExternalCore, movement: Movement, refusals: ReadonlyMap<string, number>) {
    const answer = await core.requestCredit(movement);
    return { kind: 'requested', movement, answer, refusedBefore: refusals.has(movement.coreAccount) } as const;
  }

  /** The account that paid; once it has refused, the account that refused least often. */
  private async chooseTarget(
    refund: Refund,
    refusals: ReadonlyMap<string, number>,
  ): Promise<CreditTarget | null | 'unknown'> {
    const debit = await this.operations.findDebit(refund.paymentId);
    if (debit !== null && refusals.size === 0) return { ...debit, name: debit.coreAccount };
    let accounts: readonly CustomerAccount[];
    try {
      accounts = await this.core.findAccounts(refund.customerId);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'CORE_UNAVAILABLE') return 'unknown';
      throw error;
    }
    const refused = ({ coreAccount }: CreditTarget) => refusals.get(coreAccount) ?? 0;
    const others = ({ accountId }: CreditTarget) => (accountId === refund.accountId ? 0 : 1);
    const [target] = accounts
      .filter(isUsable)
      .map(targetOf)
      .toSorted((a, b) => refused(a) - refused(b) || others(a) - others(b));
    return target ?? null;
  }
}

function targetOf({ id: accountId, coreAccount, name }: CustomerAccount): CreditTarget {
  if (coreAccount === null) throw new Error(`account ${accountId} is at no core`);
  return { accountId, coreAccount, name };
}
