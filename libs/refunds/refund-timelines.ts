import { Clock, DomainError, type PaymentId, type RefundId } from '@mpp/kernel';
import type { Position } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { RefundCall, RefundFilter, RefundRecord } from './domain/timeline.js';
import { RefundsRepository } from './persistence/refunds.repository.js';

/** The refunds of all customers with refusals and calls of the PS, for operators. */
@Injectable()
export class RefundTimelines {
  constructor(
    private readonly refunds: RefundsRepository,
    private readonly clock: Clock,
  ) {}

  /** Newest first. */
  async searchRefunds(filter: RefundFilter, limit: number, after: Position | null): Promise<RefundRecord[]> {
    return this.refunds.searchRecords(filter, this.clock.now(), limit, after);
  }

  /** Calls of the PS that were refused, also those that no refundId names or whose refundId is known otherwise, newest first. */
  async listRefusedCalls(limit: number, after: Position | null): Promise<(RefundCall & { id: string })[]> {
    return this.refunds.listRefusedCalls(limit, after);
  }

  /** Throws NOT_FOUND if nothing was decided about the refundId. */
  async readTimeline(refundId: RefundId): Promise<RefundRecord & { calls: RefundCall[] }> {
    const record = await this.refunds.findRecord(refundId);
    if (record === null) throw new DomainError('NOT_FOUND');
    return { ...record, calls: await this.refunds.callsOf(refundId) };
  }

  /** Refunds accepted before this moment that are not credited, oldest first. */
  async findOwedBefore(moment: Date, limit: number): Promise<RefundRecord[]> {
    return this.refunds.findOwedBefore(moment, limit);
  }

  /** Refunds of the PS that were put off in a recovery since this moment and are not decided, oldest first (R39). */
  async findDeferredSince(moment: Date, limit: number): Promise<RefundCall[]> {
    return this.refunds.findDeferredSince(moment, limit);
  }

  /** The accepted refunds of the payment, oldest first. */
  async refundsOfPayment(payment: PaymentId): Promise<RefundRecord[]> {
    return this.refunds.recordsOfPayment(payment);
  }
}
