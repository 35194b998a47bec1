import { setTimeout as pause } from 'node:timers/promises';
import { Clock } from '@mpp/kernel';
import { BadRequestException, Injectable } from '@nestjs/common';
import { NotRefundable, type RefundOrder, startRefunds } from '../domain/refund.js';
import { RefundSender } from '../payment-system/refund-sender.js';
import { Store } from '../store/store.js';
import { type RefundItem, refundItem } from './refund-item.js';

/** How long the cashier stands before the till; the refund goes on without them. */
const PATIENCE_MS = 2_000;

/** Where a shop gives money back (regulation 3.1, steps 11 to 14). */
@Injectable()
export class RefundService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly sender: RefundSender,
  ) {}

  /**
   * The refunds as they are when all are answered, or after 2 s. Throws BadRequestException, which says in words why the
   * PS does not take them.
   */
  async refund(wish: RefundOrder): Promise<RefundItem[]> {
    const { purchases, refunds, operationNumbers } = this.store;
    const { paymentId } = wish;
    const asked = inWords(() =>
      startRefunds(
        wish,
        purchases.findByPaymentId(paymentId),
        refunds.refundedAmount(paymentId),
        operationNumbers,
        this.clock.now(),
      ),
    );
    this.store.record(...asked);
    const known = asked.map(({ refundId }) => refunds.getByRefundId(refundId));
    await Promise.race([this.sender.send(known), pause(PATIENCE_MS, undefined, { ref: false })]);
    return known.map((refund) => refundItem(refund, this.sender.effortOf(refund.refundId)));
  }

  /** Newest first; of one purchase, of one customer, or of all. */
  refunds(of: { paymentId?: string | undefined; customerId?: string | undefined } = {}): RefundItem[] {
    return this.store.refunds.list(of).map((refund) => refundItem(refund, this.sender.effortOf(refund.refundId)));
  }
}

function inWords<T>(start: () => T): T {
  try {
    return start();
  } catch (error) {
    if (error instanceof NotRefundable) throw new BadRequestException(error.message);
    throw error;
  }
}
