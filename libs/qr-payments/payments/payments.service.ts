import { type CustomerId, DomainError, type Locale, type PaymentId } from '@mpp/kernel';
import type { Position } from '@mpp/platform';
import { localised, type ReceiptLinks, Receipts } from '@mpp/receipts';
import { Injectable } from '@nestjs/common';
import { isFinal } from '../domain/transitions.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';
import { type PaymentView, PaymentWatch } from '../watch/payment-watch.js';

/** The payments of a customer, as the app reads them. */
@Injectable()
export class Payments {
  constructor(
    private readonly payments: PaymentsRepository,
    private readonly receipts: Receipts,
    private readonly watch: PaymentWatch,
  ) {}

  /** The payment as the customer sees it from now on: its amount counts as seen (R43). NOT_FOUND for a payment of another customer. */
  async getPayment(customer: CustomerId, id: PaymentId): Promise<PaymentView> {
    const payment = await this.payments.findPayment(customer, id);
    if (payment === null) throw new DomainError('NOT_FOUND');
    if (payment.seenAmount !== null) await this.payments.recordSeenAmount(payment);
    return { payment, receipt: (await this.receipts.findByPayments([id])).get(id) ?? null };
  }

  /**
   * The payment now and after each of its changes, in any process, until it is final or the signal aborts. Changes
   * in quick succession are combined.
   */
  async *followPayment(customer: CustomerId, id: PaymentId, signal: AbortSignal): AsyncGenerator<PaymentView> {
    let view = await this.getPayment(customer, id);
    for (;;) {
      yield view;
      if (isFinal(view.payment.status)) return;
      const changed = await this.watch.untilNewer(id, view.payment.version, signal);
      if (changed === 'ended') return;
      view = changed ?? (await this.getPayment(customer, id));
    }
  }

  /** Newest first. */
  async listPayments(customer: CustomerId, limit: number, after: Position | null): Promise<PaymentView[]> {
    const payments = await this.payments.listPayments(customer, limit, after);
    const receipts = await this.receipts.findByPayments(payments.map((payment) => payment.id));
    return payments.map((payment) => ({ payment, receipt: receipts.get(payment.id) ?? null }));
  }

  /** The receipt's links in the given language (R25); NOT_FOUND until there is a receipt. */
  async getReceipt(customer: CustomerId, id: PaymentId, locale: Locale): Promise<ReceiptLinks> {
    const { receipt } = await this.getPayment(customer, id);
    if (receipt === null) throw new DomainError('NOT_FOUND');
    return localised(receipt, locale);
  }
}
