import { setTimeout as pause } from 'node:timers/promises';
import { Clock } from '@mpp/kernel';
import { BadRequestException, Injectable } from '@nestjs/common';
import { NotRefundable, type RefundOrder, startRefunds } from '../domain/refund.js';
import { rethrowAs } from '../http/rethrow-as.js';
import { RefundSender } from '../payment-system/refund-sender.js';
import { Store } from '../store/store.js';
import { type RefundItem, refundItem } from './refund-item.js';

/** How long the answer waits for the participant; the attempts continue afterwards. */
const MAX_WAIT_MS = 2_000;

/** A shop's refunds (regulation 3.1, steps 11 to 14). */
@Injectable()
export class RefundService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly sender: RefundSender,
  ) {}

  /**
   * Returns the refunds when all are answered, or after 2 s. Throws BadRequestException with the reason if the PS refuses
   * them.
   */
  async refundPurchase(order: RefundOrder): Promise<RefundItem[]> {
    const { purchases, refunds, operationNumbers } = this.store;
    const { paymentId } = order;
    const started = rethrowAs(NotRefundable, BadRequestException, () =>
      startRefunds(
        order,
        purchases.findByPaymentId(paymentId),
        refunds.refundedAmount(paymentId),
        operationNumbers,
        this.clock.now(),
      ),
    );
    this.store.recordEvents(...started);
    const stored = started.map(({ refundId }) => refunds.getByRefundId(refundId));
    await Promise.race([this.sender.sendRefunds(stored), pause(MAX_WAIT_MS, undefined, { ref: false })]);
    return stored.map((refund) => refundItem(refund, this.sender.attemptsOf(refund.refundId)));
  }

  /** Newest first; of one purchase, one customer, or all. */
  listRefunds(filter: { paymentId?: string | undefined; customerId?: string | undefined } = {}): RefundItem[] {
    return this.store.refunds
      .listRefunds(filter)
      .map((refund) => refundItem(refund, this.sender.attemptsOf(refund.refundId)));
  }
}
