import { Clock, DomainError, type PaymentId, type RefundId } from '@mpp/kernel';
import { Database, type Position } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { RefundCall, RefundFilter, RefundRecord } from './domain/timeline.js';
import { callsOf } from './persistence/refund-calls.js';
import { findRecord, recordsOfPayment, searchRefunds } from './persistence/refund-search.js';

/** Refunds as operators look at them: anybody's, refusals too, with every call of the PS. */
@Injectable()
export class RefundTimelines {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Newest first. */
  async searchRefunds(filter: RefundFilter, limit: number, after: Position | null): Promise<RefundRecord[]> {
    return searchRefunds(this.database, this.clock.now(), filter, limit, after);
  }

  /** NOT_FOUND where nothing was ever decided about it. */
  async readTimeline(refundId: RefundId): Promise<RefundRecord & { calls: RefundCall[] }> {
    const record = await findRecord(this.database, refundId);
    if (record === null) throw new DomainError('NOT_FOUND');
    return { ...record, calls: await callsOf(this.database, refundId) };
  }

  /** Those that were taken in, the oldest first. */
  async refundsOfPayment(payment: PaymentId): Promise<RefundRecord[]> {
    return recordsOfPayment(this.database, payment);
  }
}
