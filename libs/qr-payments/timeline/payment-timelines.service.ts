import { DomainError, type PaymentId } from '@mpp/kernel';
import { Database, Metrics, type Position, ReportDatabase } from '@mpp/platform';
import { Receipts } from '@mpp/receipts';
import type { RecoveryPeriod } from '@mpp/recovery';
import { Injectable } from '@nestjs/common';
import type { Payment } from '../domain/payment.js';
import type { Reversal } from '../domain/reversal.js';
import type { PaymentFilter, StatusChange } from '../domain/timeline.js';
import {
  countContradicted,
  findHistory,
  findInRecovery,
  findPayment,
  searchPayments,
} from '../persistence/payment-search.js';
import { ReversalsRepository } from '../persistence/reversals.repository.js';
import type { PaymentView } from '../watch/payment-watch.js';

/** A payment with everything that happened to it. */
export interface PaymentTimeline extends PaymentView {
  /** Oldest first. */
  readonly history: readonly StatusChange[];
  /** Null unless its debit is or was given back. */
  readonly reversal: Reversal | null;
}

/** Payments for operators: of all customers, with their status history. */
@Injectable()
export class PaymentTimelines {
  constructor(
    private readonly database: Database,
    private readonly reports: ReportDatabase,
    private readonly receipts: Receipts,
    private readonly reversals: ReversalsRepository,
    metrics: Metrics,
  ) {
    metrics.gauge('mpp_payments_contradicted', 'Payments that Kaspi Pay contradicted after their end', () =>
      countContradicted(database),
    );
  }

  /** Newest first. */
  async searchPayments(filter: PaymentFilter, limit: number, after: Position | null): Promise<PaymentView[]> {
    const payments = await searchPayments(this.reports, filter, limit, after);
    const receipts = await this.receipts.findByPayments(payments.map(({ id }) => id));
    return payments.map((payment) => ({ payment, receipt: receipts.get(payment.id) ?? null }));
  }

  /** The payments of a recovery, oldest first: still open, or closed since it began. */
  async listInRecovery(period: RecoveryPeriod, which: 'open' | 'closed', limit: number): Promise<Payment[]> {
    return findInRecovery(this.reports, period, which, limit);
  }

  /** NOT_FOUND for an unknown id. */
  async getTimeline(id: PaymentId): Promise<PaymentTimeline> {
    const payment = await findPayment(this.database, id);
    if (payment === null) throw new DomainError('NOT_FOUND');
    const receipt = (await this.receipts.findByPayments([id])).get(id) ?? null;
    const reversal = await this.reversals.findReversal(id);
    return { payment, receipt, history: await findHistory(this.database, id), reversal };
  }
}
