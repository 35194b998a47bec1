import { Clock } from '@mpp/kernel';
import { Database, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type {
  AnsweredOperation,
  CoreOperation,
  Movement,
  NewReversal,
  PendingReversal,
  Reversal,
} from '../domain/operation.js';
import {
  findDebits,
  findOperations,
  findPossiblyCreditedRefunds,
  findReversal,
  insertCredit,
  insertReversal,
  toMovement,
  writeAnswers,
} from '../persistence/operations.js';
import {
  countPendingReversals,
  existsDueEscalation,
  findReversalsToEscalate,
  lockReversalsToEscalate,
  writeEscalations,
} from '../persistence/reversal-escalations.js';

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

  /** Throws on core_operations_one_credit if another credit of the refund may have been executed. */
  async recordCredit(tx: Tx, refundId: string, movement: Movement, accountName: string): Promise<void> {
    await insertCredit(tx, refundId, movement, accountName, this.clock.now());
  }

  async recordReversal(tx: Tx, reversal: NewReversal): Promise<void> {
    await insertReversal(tx, reversal, this.clock.now());
  }

  async findDebit(paymentId: string): Promise<Movement | null> {
    return (await findDebits(this.database.manager, [paymentId])).get(paymentId) ?? null;
  }

  /** The debits, by payment. */
  async findDebitsByPayment(tx: Tx, paymentIds: readonly string[]): Promise<ReadonlyMap<string, Movement>> {
    return findDebits(tx, paymentIds);
  }

  async getReversal(id: string, paymentId: string): Promise<Reversal> {
    const reversal = await findReversal(this.database, id, paymentId);
    if (reversal === null) throw new Error(`the reversal of payment ${paymentId} is not recorded`);
    return reversal;
  }

  /** The refund's credit without an answer, and the number of refusals by the bank's id of the account. */
  async findCreditsOfRefund(
    refundId: string,
  ): Promise<{ open: Movement | null; refusals: ReadonlyMap<string, number> }> {
    const credits = await findOperations(this.database, [refundId], 'CREDIT');
    const open = credits.find(({ state }) => state === 'REQUESTED');
    const refusals = new Map<string, number>();
    for (const { state, coreAccount } of credits) {
      if (state === 'REFUSED') refusals.set(coreAccount, (refusals.get(coreAccount) ?? 0) + 1);
    }
    return { open: open === undefined ? null : toMovement(open), refusals };
  }

  /** Of these refunds, those that a core has or may have credited. */
  async findPossiblyCreditedRefunds(tx: Tx, refundIds: readonly string[]): Promise<ReadonlySet<string>> {
    return findPossiblyCreditedRefunds(tx, refundIds);
  }

  /** Returns the ids of the operations that had no answer before; the others keep theirs. */
  async recordAnswers(tx: Tx, answered: readonly AnsweredOperation[]): Promise<ReadonlySet<string>> {
    return writeAnswers(tx, answered, this.clock.now());
  }

  /** The operations of payments and refunds, oldest first. */
  async findOperationsBySubject(subjects: readonly string[]): Promise<CoreOperation[]> {
    return findOperations(this.database, subjects);
  }

  /** Of the reversals with these ids, those whose next escalation is due. */
  async findReversalsToEscalate(tx: Tx, ids: readonly string[]): Promise<PendingReversal[]> {
    return findReversalsToEscalate(tx, this.clock.now(), ids);
  }

  async isEscalationDue(): Promise<boolean> {
    return existsDueEscalation(this.database, this.clock.now());
  }

  async lockReversalsToEscalate(tx: Tx, limit: number): Promise<PendingReversal[]> {
    return lockReversalsToEscalate(tx, this.clock.now(), limit);
  }

  async recordEscalations(
    tx: Tx,
    reversals: readonly Pick<PendingReversal, 'id' | 'nextEscalationAt'>[],
  ): Promise<void> {
    await writeEscalations(tx, reversals);
  }

  async countPendingReversals(): Promise<number> {
    return countPendingReversals(this.database);
  }

  async countOverdueReversals(): Promise<number> {
    return countPendingReversals(this.database, this.clock.now());
  }
}
