import { type NewEvent, Notifications } from '@mpp/notifications';
import type { Tx } from '@mpp/platform';
import { type AcceptedRefund, PaymentRefunds } from '@mpp/qr-payments';
import { Injectable } from '@nestjs/common';
import { refundDto } from './api/refund.dto.js';
import type { Refund } from './domain/refund.js';

/** What the customer's phone hears of a refund (R22). One against a reversal is no news: they heard of the reversal. */
@Injectable()
export class RefundEvents {
  constructor(
    private readonly notifications: Notifications,
    private readonly payments: PaymentRefunds,
  ) {}

  async accepted(tx: Tx, refund: Refund, { payment, againstReversal }: AcceptedRefund): Promise<void> {
    if (againstReversal) return;
    const merchant = payment.merchant?.name ?? null;
    await this.notifications.enqueue(tx, [event('refund.accepted', refund, merchant, refund.createdAt)]);
  }

  async credited(tx: Tx, refunds: readonly Refund[]): Promise<void> {
    if (!this.notifications.enabled || refunds.length === 0) return;
    const merchants = await this.payments.merchants(
      tx,
      refunds.map(({ paymentId }) => paymentId),
    );
    await this.notifications.enqueue(
      tx,
      refunds.map((refund) =>
        event(
          'refund.credited',
          refund,
          merchants.get(refund.paymentId) ?? null,
          refund.creditedAt ?? refund.createdAt,
        ),
      ),
    );
  }
}

function event(
  type: 'refund.accepted' | 'refund.credited',
  refund: Refund,
  merchant: string | null,
  at: Date,
): NewEvent {
  const { refundId: subject, customerId, amount } = refund;
  return { type, subject, customerId, at, amount, merchant, data: refundDto(refund, 'ru') };
}
