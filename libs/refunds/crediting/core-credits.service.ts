import {
  type CoreAnswer,
  CoreBanking,
  type CoreOperations,
  CoreRecord,
  type CustomerAccount,
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

/** What an attempt to credit a refund brought. */
export type CreditAttempt =
  /** The own ledger: what there is to do is done when it is settled. */
  | { readonly kind: 'to-be-posted' }
  /** The outside core was asked. */
  | {
      readonly kind: 'asked';
      readonly movement: Movement;
      readonly answer: CoreAnswer;
      /** The same account has refused this refund before. */
      readonly refusedBefore: boolean;
    }
  /** The outside core has no account of the customer's that takes money. */
  | { readonly kind: 'no-account' }
  /** It could not be asked. */
  | { readonly kind: 'not-asked'; readonly reason: string };

/**
 * Credits at an outside core. Of a refund one operation is asked for at a time: another account is tried only after the one
 * before is known to have refused, so that the customer has it once.
 */
@Injectable()
export class CoreCredits {
  constructor(
    private readonly core: CoreBanking,
    private readonly record: CoreRecord,
    private readonly refunds: RefundsRepository,
    private readonly database: Database,
  ) {}

  get external(): boolean {
    return this.core.external !== null;
  }

  /** Whether a core has credited the refund, or may have: one that is in use no more, too. */
  async mayHaveCredited(tx: Tx, id: string): Promise<boolean> {
    return (await this.record.maybeCredited(tx, [id])).size > 0;
  }

  /** One attempt. No transaction is open. */
  async attempt(id: string): Promise<CreditAttempt> {
    const core = this.core.external;
    if (core === null) return { kind: 'to-be-posted' };
    const before = await this.record.creditsOf(id);
    if (before.open !== null) return this.ask(core, before.open, before.refusals);
    const refund = await this.refunds.read(id);
    // Credited by then: settling sees it, and does nothing.
    if (refund.status === 'CREDITED') return { kind: 'to-be-posted' };
    const account = await this.accountFor(refund, before.refusals);
    if (account === null || account === 'unknown') {
      return account === null ? { kind: 'no-account' } : { kind: 'not-asked', reason: 'the accounts are not known' };
    }
    const movement = await this.intendUnlessCredited(id, account);
    return movement === null ? { kind: 'to-be-posted' } : this.ask(core, movement, before.refusals);
  }

  /** Null where it is credited by now: from the own ledger, by a process that knows no core. */
  private async intendUnlessCredited(id: string, account: Target): Promise<Movement | null> {
    return this.database.transaction(async (tx) => {
      const refund = (await this.refunds.lock(tx, [id])).get(id);
      if (refund === undefined) throw new Error(`refund ${id} does not exist`);
      return refund.status === 'CREDITED' ? null : this.intend(tx, refund, account);
    });
  }

  /**
   * Puts on record that this account is to be credited, and nothing else until the core is known to have refused; the refund
   * is locked. Throws STATE_CONFLICT where another credit of the refund may have been carried out.
   */
  async intend(tx: Tx, refund: Refund, account: Target): Promise<Movement> {
    const { id, accountId, coreAccount, name } = { ...account, id: uuidv7() };
    const { customerId, amount, refundId } = refund;
    const description = 'Kaspi QR: возврат';
    const movement = { operationId: id, customerId, accountId, coreAccount, amount, reference: refundId, description };
    try {
      await this.record.requestCredit(tx, refund.id, movement, { name });
    } catch (error) {
      if (violatedConstraint(error) === 'core_operations_one_credit') throw new DomainError('STATE_CONFLICT');
      throw error;
    }
    return movement;
  }

  /** The customer's account of this id, ours or the bank's. ACCOUNT_UNUSABLE where it takes no money, CORE_UNAVAILABLE. */
  async target(refund: Pick<Refund, 'customerId'>, asked: string): Promise<Target> {
    const accounts = await this.core.accounts(refund.customerId);
    return targetOf(payingAccount(accounts, asked));
  }

  private async ask(core: CoreOperations, movement: Movement, refusals: ReadonlyMap<string, number>) {
    const answer = await core.credit(movement);
    return { kind: 'asked', movement, answer, refusedBefore: refusals.has(movement.coreAccount) } as const;
  }

  /** What the payment was debited from; once that has refused, whichever account has refused least often. */
  private async accountFor(refund: Refund, refusals: ReadonlyMap<string, number>): Promise<Target | null | 'unknown'> {
    const debit = (await this.record.debitsOf(this.database, [refund.paymentId])).get(refund.paymentId);
    if (debit !== undefined && refusals.size === 0) return { ...debit, name: debit.coreAccount };
    let accounts: readonly CustomerAccount[];
    try {
      accounts = await this.core.accounts(refund.customerId);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'CORE_UNAVAILABLE') return 'unknown';
      throw error;
    }
    const refused = ({ coreAccount }: Target) => refusals.get(coreAccount) ?? 0;
    const first = ({ accountId }: Target) => (accountId === refund.accountId ? 0 : 1);
    const [account] = accounts
      .filter(isUsable)
      .map(targetOf)
      .toSorted((a, b) => refused(a) - refused(b) || first(a) - first(b));
    return account ?? null;
  }
}

/** An account that is to be credited. */
export interface Target extends Pick<Movement, 'accountId' | 'coreAccount'> {
  readonly name: string;
}

function targetOf({ id: accountId, coreAccount, name }: CustomerAccount): Target {
  if (coreAccount === null) throw new Error(`account ${accountId} is at no core`);
  return { accountId, coreAccount, name };
}
