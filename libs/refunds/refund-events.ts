import { type NewEvent, Notifications } from '@mpp/notifications';
import type { Tx } from '@mpp/platform';
import { type AcceptedRefund, PaymentRefunds } from '@mpp/qr-payments';
import { Injectable } from '@nestjs/common';
import { refundDto } from './api/refund.dto.js';
import type { Refund } from './domain/refund.js';

/** The events about refunds for the customer's phone (R22). */
@Injectable()
export class RefundEvents {
  constructor(
    private readonly notifications: Notifications,
    private readonly payments: PaymentRefunds,
  ) {}

  /** Nothing for a refund against a reversal: the reversal had its event. */
  async enqueueAccepted(tx: Tx, refund: Refund, { payment, againstReversal }: AcceptedRefund): Promise<void> {
    if (againstReversal) return;
    const merchant = payment.merchant?.name ?? null;
    await this.notifications.enqueueNotifications(tx, [
      refundEvent('refund.accepted', refund, merchant, refund.createdAt),
    ]);
  }

  async enqueueCredited(tx: Tx, refunds: readonly Refund[]): Promise<void> {
    if (!this.notifications.enabled || refunds.length === 0) return;
    const merchants = await this.payments.findMerchantNames(
      tx,
      refunds.map(({ paymentId }) => paymentId),
    );
    const events = refunds.map((refund) => {
      const merchant = merchants.get(refund.paymentId) ?? null;
      return refundEvent('refund.credited', refund, merchant, refund.creditedAt ?? refund.createdAt);
    });
    await this.notifications.enqueueNotifications(tx, events);
  }
}

function refundEvent(
  type: 'refund.accepted' | 'refund.credited',
  refund: Refund,
  merchant: string | null,
  at: Date,
): NewEvent {
  const { refundId: subject, customerId, amount } = refund;
  return { type, subject, customerId, at, amount, merchant, data: refundDto(refund, 'ru') };
}
