import { Clock, type PaymentId, type RequestId } from '@mpp/kernel';
import { Database, type Queryable, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { CallKey, EndedCall, LoggedCall, StartedCall } from '../domain/call.js';
import {
  existsUnfinishedNotify,
  findCalls,
  findRequestsWithUnknownAttempts,
  insertCalls,
  writeOutcomes,
} from '../persistence/calls.js';

/**
 * The record of every call to the PS. An attempt is recorded before its first byte is sent (R9), by {@link recordCalls} or by
 * `kaspi_call_begin(…)` in a statement of another lib; an attempt without an outcome may have arrived.
 */
@Injectable()
export class CallLog {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async recordCalls(calls: readonly StartedCall[], queryable: Queryable = this.database): Promise<void> {
    await insertCalls(queryable, calls, this.clock.now());
  }

  /** The first recorded outcome of an attempt stays. */
  async recordOutcomes(queryable: Queryable, calls: readonly EndedCall[]): Promise<void> {
    await writeOutcomes(queryable, calls, this.clock.now());
  }

  /** The calls of a payment, oldest first; if there are very many, the latest. */
  async findCallsOfPayment(paymentId: PaymentId): Promise<LoggedCall[]> {
    return findCalls(this.database, paymentId);
  }

  /** Whether a notify of the payment was sent after that moment and its outcome is not recorded yet. */
  async isNotifyUnderWay(tx: Tx, paymentId: PaymentId, since: Date): Promise<boolean> {
    return existsUnfinishedNotify(tx, paymentId, since);
  }

  /** The requests of which an attempt before the given one may have reached the PS. */
  async findRequestsWithUnknownAttempts(tx: Tx, attempts: readonly CallKey[]): Promise<ReadonlySet<RequestId>> {
    return findRequestsWithUnknownAttempts(tx, attempts);
  }
}
