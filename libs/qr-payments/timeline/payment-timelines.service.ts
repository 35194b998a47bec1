import { DomainError, type PaymentId } from '@mpp/kernel';
import { Database, Metrics, type Position } from '@mpp/platform';
import { Receipts } from '@mpp/receipts';
import { Injectable } from '@nestjs/common';
import type { PaymentFilter, StatusChange } from '../domain/timeline.js';
import type { PaymentView } from '../watch/payment-watch.js';
import { findPayment, historyOf, needingPeople, searchPayments } from '../persistence/payment-search.js';

/** Payments as operators look at them: anybody's, with every status that they have had. */
@Injectable()
export class PaymentStories {
  constructor(
    private readonly database: Database,
    private readonly receipts: Receipts,
    metrics: Metrics,
  ) {
    const measure = (name: string, help: string, of: 'doubted' | 'contradicted') =>
      metrics.gauge(name, help, async () => (await needingPeople(database))[of]);
    measure('mpp_payments_in_doubt', 'Debited payments without a clear answer of Kaspi Pay for too long', 'doubted');
    measure('mpp_payments_contradicted', 'Payments that Kaspi Pay contradicted after their end', 'contradicted');
  }

  /** Newest first. */
  async search(filter: PaymentFilter, limit: number, after: Position | null): Promise<PaymentView[]> {
    const payments = await searchPayments(this.database, filter, limit, after);
    const receipts = await this.receipts.of(payments.map(({ id }) => id));
    return payments.map((payment) => ({ payment, receipt: receipts.get(payment.id) ?? null }));
  }

  /** NOT_FOUND where there is none. */
  async one(id: PaymentId): Promise<PaymentView & { history: StatusChange[] }> {
    const payment = await findPayment(this.database, id);
    if (payment === null) throw new DomainError('NOT_FOUND');
    const receipt = (await this.receipts.of([id])).get(id) ?? null;
    return { payment, receipt, history: await historyOf(this.database, id) };
  }
}
