import { Clock } from '@mpp/kernel';
import { Database, type Queryable, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { CustomerAccount } from '../domain/account.js';
import type { CoreAnswer, CoreOperation, Movement, Reversal } from '../domain/operation.js';
import {
  creditsOf,
  debitsOf,
  findEscalating,
  findReversal,
  insertCredit,
  insertReversal,
  isEscalationDue,
  lockEscalating,
  operationsAbout,
  type WatchedReversal,
  waitingReversals,
  withOpenCredit,
  writeAnswers,
  writeEscalations,
} from '../persistence/operations.js';

/** An operation's outcome, as it is written down; unknown outcomes are not. */
export interface Answered {
  readonly operationId: string;
  readonly answer: Exclude<CoreAnswer, { kind: 'unknown' }> | { readonly kind: 'abandoned' };
}

/** A reversal that is about to be asked for. */
export interface NewReversal {
  readonly subject: string;
  readonly reversal: Reversal;
  readonly dueAt: Date;
  readonly nextEscalationAt: Date;
}

/**
 * What cores were asked for, each operation before it was. A debit is put on record by `core_operation_request(…)` in its
 * payment's own statement.
 */
@Injectable()
export class CoreRecord {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Throws on core_operations_one_credit where another one of the refund may have been carried out. */
  async requestCredit(
    queryable: Queryable,
    refund: string,
    movement: Movement,
    account: Pick<CustomerAccount, 'name'> | null,
  ): Promise<void> {
    await insertCredit(queryable, refund, movement, account, this.clock.now());
  }

  async requestReversal(tx: Tx, reversal: NewReversal): Promise<void> {
    await insertReversal(tx, { ...reversal, at: this.clock.now() });
  }

  /** By payment. */
  async debitsOf(queryable: Queryable, payments: readonly string[]): Promise<ReadonlyMap<string, Movement>> {
    return payments.length === 0 ? new Map() : debitsOf(queryable, payments);
  }

  async reversal(id: string, payment: string): Promise<Reversal> {
    const reversal = await findReversal(this.database, id, payment);
    if (reversal === null) throw new Error(`the reversal of payment ${payment} is not on record`);
    return reversal;
  }

  /** The credit of a refund that may be carried out, and how often each account of the bank's has refused one. */
  async creditsOf(
    refund: string,
    queryable: Queryable = this.database,
  ): Promise<{ open: Movement | null; refusals: ReadonlyMap<string, number> }> {
    return creditsOf(queryable, refund);
  }

  /** Those of the refunds that a core may have credited, or has. */
  async maybeCredited(tx: Tx, refunds: readonly string[]): Promise<ReadonlySet<string>> {
    return refunds.length === 0 ? new Set() : withOpenCredit(tx, refunds);
  }

  /** Returns the ids that had no answer before: those of the others stay as they are. */
  async answer(tx: Tx, answered: readonly Answered[]): Promise<ReadonlySet<string>> {
    const rows = answered.map(({ operationId: id, answer }) => ({
      id,
      state: STATES[answer.kind],
      reason: answer.kind === 'refused' ? answer.reason : null,
      coreReference: answer.kind === 'done' ? answer.coreReference : null,
    }));
    return writeAnswers(tx, rows, this.clock.now());
  }

  /** Of payments and refunds, the oldest first. */
  async about(...subjects: readonly string[]): Promise<CoreOperation[]> {
    return operationsAbout(this.database, subjects);
  }

  /** Those of the reversals of which operators are to hear by now. */
  async escalating(tx: Tx, ids: readonly string[]): Promise<WatchedReversal[]> {
    return ids.length === 0 ? [] : findEscalating(tx, this.clock.now(), ids);
  }

  async isEscalationDue(): Promise<boolean> {
    return isEscalationDue(this.database, this.clock.now());
  }

  async lockEscalating(tx: Tx, limit: number): Promise<WatchedReversal[]> {
    return lockEscalating(tx, this.clock.now(), limit);
  }

  async escalated(tx: Tx, watched: readonly Pick<WatchedReversal, 'id' | 'nextEscalationAt'>[]): Promise<void> {
    await writeEscalations(tx, watched);
  }

  async waitingReversals(): Promise<{ waiting: number; overdue: number }> {
    return waitingReversals(this.database, this.clock.now());
  }
}

const STATES = { done: 'DONE', refused: 'REFUSED', abandoned: 'ABANDONED' } as const;
