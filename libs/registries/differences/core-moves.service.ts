import {
  type CoreOperation,
  CoreOperations,
  type CustomerAccount,
  describePurchase,
  type Movement,
} from '@mpp/core-banking';
import { type AccountId, Clock, type CustomerId, Money } from '@mpp/kernel';
import { Ledger, SHARED_ACCOUNTS } from '@mpp/ledger';
import { Outbox } from '@mpp/outbox';
import { derivedId, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { Adjustment } from '../domain/adjustment.js';
import { throwConflict } from '../domain/conflict.js';
import type { CoreMove } from '../domain/core-move.js';
import { insertCoreMove, isCoreMove } from '../persistence/core-moves.js';
import { CustomersMoney } from './customers-money.js';
import { NOT_ANSWERED, NOTHING_DUE } from './refusals.js';

/** Keyed by the core move. */
export const CORE_MOVE_TOPIC = 'coreDifference';

/** What is requested from the core. */
export interface NewCoreMove extends Pick<CoreMove, 'discrepancyId' | 'kind' | 'reference'> {
  readonly customer: CustomerId;
  readonly account: CustomerAccount;
  /** Tiyn. */
  readonly amount: bigint;
}

/** Records what the settlement of a discrepancy moves at a bank's core; it is requested after the commit, until the core answers. */
@Injectable()
export class CoreMoves {
  constructor(
    private readonly operations: CoreOperations,
    private readonly ledger: Ledger,
    private readonly money: CustomersMoney,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  /** Throws STATE_CONFLICT while the core has not answered to a debit or credit for the operation, its purchase or refunds of that. */
  async requireAnswered(tx: Tx, { id, paymentId }: Pick<Adjustment, 'id' | 'paymentId'>): Promise<void> {
    if (await this.operations.isDifferenceOpen(tx, [id, paymentId ?? id])) throwConflict(NOT_ANSWERED);
  }

  /**
   * The journal has a credit at once, so that nothing else gives this money to a customer meanwhile, and a debit once the core has
   * made it: until then the amount is a claim.
   */
  async request(
    tx: Tx,
    operation: Adjustment,
    merchant: string | null,
    { discrepancyId, kind, reference, customer, account, amount }: NewCoreMove,
  ): Promise<void> {
    const id = await this.nextId(tx, kind, operation.kaspiOperationId ?? reference);
    const at = this.clock.now();
    await insertCoreMove(tx, { id, discrepancyId, kind, reference, createdAt: at });
    const movement = {
      // Of the purchase, so that its other operations can wait for the answer.
      ...{ customerId: customer, amount: Money.ofTiyn(amount), reference: operation.paymentId ?? reference },
      ...identified(account),
      description: describePurchase(merchant),
    };
    if (kind === 'DEBIT') await this.operations.recordDebit(tx, id, movement, account.name);
    else {
      await this.operations.recordCreditOrder(tx, id, { ...movement, debitId: null }, account.name, at);
      await this.postCredit(tx, reference, movement.amount, account.id);
    }
    await this.outbox.enqueueMessage(tx, { topic: CORE_MOVE_TOPIC, key: id, payload: {} });
  }

  /** Kaspi's id of an operation is the same after a restore; ours of a row is not. An operation can be settled several times. */
  private async nextId(tx: Tx, kind: CoreMove['kind'], operation: string): Promise<string> {
    for (let ordinal = 0; ; ordinal++) {
      const id = derivedId('difference', kind, operation, String(ordinal));
      if (!(await isCoreMove(tx, id))) return id;
    }
  }

  /** A credit that the core refused: the customer does not have it, and something else may give it. */
  async takeBack(tx: Tx, { reference }: CoreMove, { accountId: debit, amount }: Movement): Promise<void> {
    const credit = SHARED_ACCOUNTS.DIFFERENCES;
    await this.ledger.postEntries(tx, [{ purpose: 'DIFFERENCE_DEBIT', reference, amount, debit, credit }]);
  }

  /**
   * Requests a credit that the core refused on another account of the customer, or what is still due of it, in the caller's transaction.
   * The operation is locked. Throws STATE_CONFLICT if nothing is due any more.
   */
  async redirect(tx: Tx, { id, reference }: CoreMove, refused: CoreOperation, account: CustomerAccount): Promise<void> {
    const { customerId } = refused;
    const due = await this.money.readDue(tx, reference, customerId);
    if (due <= 0n) throwConflict(NOTHING_DUE);
    const amount = due < refused.amount.tiyn ? Money.ofTiyn(due) : refused.amount;
    const order = {
      customerId,
      amount,
      reference: refused.reference,
      description: describePurchase(null),
      debitId: null,
    };
    await this.operations.recordCreditOrder(
      tx,
      id,
      { ...order, ...identified(account) },
      account.name,
      this.clock.now(),
    );
    await this.postCredit(tx, reference, amount, account.id);
    await this.outbox.enqueueMessage(tx, { topic: CORE_MOVE_TOPIC, key: id, payload: {} });
  }

  private async postCredit(tx: Tx, reference: string, amount: Money, credit: AccountId): Promise<void> {
    const debit = SHARED_ACCOUNTS.DIFFERENCES;
    await this.ledger.postEntries(tx, [{ purpose: 'DIFFERENCE_CREDIT', reference, amount, debit, credit }]);
  }
}

function identified({ id: accountId, coreAccount }: CustomerAccount) {
  if (coreAccount === null) throw new Error(`account ${accountId} is at no core`);
  return { accountId, coreAccount };
}
