import { type AccountId, Clock } from '@mpp/kernel';
import { Database, derivedId, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { AnsweredOperation, CoreOperation, CreditOrder, Movement } from '../domain/operation.js';
import {
  countCreditOrders,
  findDebits,
  findOperations,
  findPossiblyCredited,
  hasOpenDifference,
  insertCreditOrder,
  insertDebit,
  toMovement,
  writeAnswers,
} from '../persistence/operations.js';

/** The credits of a refund, or the reversals of a payment, that were requested before. */
export interface EarlierCredits {
  /** The one without an answer: it was or may have been executed. */
  readonly open: CreditOrder | null;
  /** The number of refusals, by the bank's id of the account. */
  readonly refusals: ReadonlyMap<string, number>;
  /** Our ids of the accounts of all of them and of the debit, by the bank's. */
  readonly accounts: ReadonlyMap<string, AccountId>;
  /** Of the first reversal: when the customer must have the money; null if none was requested. */
  readonly dueAt: Date | null;
}

/** The id of a debit's reversal at the core; `ordinal` counts the refused ones before it. */
export function reversalOperationId(debitId: string, ordinal: number): string {
  return derivedId('reversal', debitId, String(ordinal));
}

/**
 * The record of the operations that are requested from a core, each recorded before its request. The statement that writes a
 * payment's decision records its debit, with `core_operation_request(…)`.
 */
@Injectable()
export class CoreOperations {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Records a credit of a refund, or a reversal of a payment with its deadline, and returns it with its id: derived, so that the core
   * recognises it after a restore (R39). The money is locked. Throws on core_operations_one_credit or core_operations_one_reversal if
   * another one may have been executed.
   */
  async recordCreditOrder(
    tx: Tx,
    subject: string,
    order: Omit<CreditOrder, 'operationId'>,
    accountName: string,
    dueAt: Date,
  ): Promise<CreditOrder> {
    const ordinal = await countCreditOrders(tx, subject);
    const operationId =
      order.debitId === null
        ? derivedId('credit', subject, String(ordinal))
        : reversalOperationId(order.debitId, ordinal);
    const identified = { ...order, operationId };
    await insertCreditOrder(tx, subject, identified, accountName, dueAt, this.clock.now());
    return identified;
  }

  /**
   * Records a debit that is not a payment's own, once for its subject, and returns it with its id. Throws on core_operations_one_debit.
   */
  async recordDebit(
    tx: Tx,
    subject: string,
    debit: Omit<Movement, 'operationId'>,
    accountName: string,
  ): Promise<Movement> {
    const identified = { ...debit, operationId: derivedId('debit', subject) };
    await insertDebit(tx, subject, identified, accountName, this.clock.now());
    return identified;
  }

  /** Whether a debit for a difference of this payment, or of another operation, has no answer yet. */
  async isDebitOpen(tx: Tx, reference: string): Promise<boolean> {
    return hasOpenDifference(tx, [reference], ['DEBIT']);
  }

  /** Whether a debit or credit for a difference of one of these payments or operations has no answer yet. */
  async isDifferenceOpen(tx: Tx, references: readonly string[]): Promise<boolean> {
    return hasOpenDifference(tx, references, ['DEBIT', 'CREDIT']);
  }

  /** The debit or credit of this subject without an answer; null if there is none. */
  async findRequested(
    subject: string,
  ): Promise<(Movement & { readonly kind: 'DEBIT' | 'CREDIT'; readonly requestedAt: Date }) | null> {
    for (const operation of await findOperations(this.database.manager, [subject])) {
      const { kind, state, requestedAt } = operation;
      if (state === 'REQUESTED' && kind !== 'REVERSAL') return { ...toMovement(operation), kind, requestedAt };
    }
    return null;
  }

  async findDebit(paymentId: string): Promise<Movement | null> {
    return (await findDebits(this.database.manager, [paymentId])).get(paymentId) ?? null;
  }

  /** The debits, by payment. */
  async findDebitsByPayment(tx: Tx, paymentIds: readonly string[]): Promise<ReadonlyMap<string, Movement>> {
    return findDebits(tx, paymentIds);
  }

  async findEarlierCredits(subject: string): Promise<EarlierCredits> {
    const operations = await findOperations(this.database.manager, [subject]);
    const credits = operations.filter(({ kind }) => kind !== 'DEBIT');
    const accounts = new Map(operations.map(({ coreAccount, accountId }) => [coreAccount, accountId]));
    const open = credits.find(({ state }) => state === 'REQUESTED');
    const refusals = new Map<string, number>();
    for (const { state, coreAccount } of credits) {
      if (state === 'REFUSED') refusals.set(coreAccount, (refusals.get(coreAccount) ?? 0) + 1);
    }
    return {
      open: open === undefined ? null : { ...toMovement(open), debitId: open.debitId },
      ...{ refusals, accounts, dueAt: credits[0]?.dueAt ?? null },
    };
  }

  /** Of these refunds and payments, those whose money a core has or may have put on an account. */
  async findPossiblyCredited(tx: Tx, subjects: readonly string[]): Promise<ReadonlySet<string>> {
    return findPossiblyCredited(tx, subjects);
  }

  /** Returns the ids of the operations whose answer is new; the others keep theirs, see {@link writeAnswers}. */
  async recordAnswers(tx: Tx, answered: readonly AnsweredOperation[]): Promise<ReadonlySet<string>> {
    return writeAnswers(tx, answered, this.clock.now());
  }

  /** The operations of payments, refunds and core moves, oldest first. */
  async findOperationsBySubject(
    subjects: readonly string[],
    manager: EntityManager = this.database.manager,
  ): Promise<CoreOperation[]> {
    return findOperations(manager, subjects);
  }
}
