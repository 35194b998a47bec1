import { DomainError, type PaymentId } from '@mpp/kernel';
import { Database, Metrics, type Position, ReportDatabase } from '@mpp/platform';
import { Receipts } from '@mpp/receipts';
import { Injectable } from '@nestjs/common';
import type { PaymentFilter, StatusChange } from '../domain/timeline.js';
import { countNeedingOperators, findHistory, findPayment, searchPayments } from '../persistence/payment-search.js';
import type { PaymentView } from '../watch/payment-watch.js';

/** Payments for operators: of all customers, with their status history. */
@Injectable()
export class PaymentTimelines {
  constructor(
    private readonly database: Database,
    private readonly reports: ReportDatabase,
    private readonly receipts: Receipts,
    metrics: Metrics,
  ) {
    const measure = (name: string, help: string, of: 'doubted' | 'contradicted') =>
      metrics.gauge(name, help, async () => (await countNeedingOperators(database))[of]);
    measure('mpp_payments_in_doubt', 'Debited payments without a clear answer of Kaspi Pay for too long', 'doubted');
    measure('mpp_payments_contradicted', 'Payments that Kaspi Pay contradicted after their end', 'contradicted');
  }

  /** Newest first. */
  async searchPayments(filter: PaymentFilter, limit: number, after: Position | null): Promise<PaymentView[]> {
    const payments = await searchPayments(this.reports, filter, limit, after);
    const receipts = await this.receipts.findByPayments(payments.map(({ id }) => id));
    return payments.map((payment) => ({ payment, receipt: receipts.get(payment.id) ?? null }));
  }

  /** NOT_FOUND for an unknown id. */
  async getTimeline(id: PaymentId): Promise<PaymentView & { history: StatusChange[] }> {
    const payment = await findPayment(this.database, id);
    if (payment === null) throw new DomainError('NOT_FOUND');
    const receipt = (await this.receipts.findByPayments([id])).get(id) ?? null;
    return { payment, receipt, history: await findHistory(this.database, id) };
  }
}
