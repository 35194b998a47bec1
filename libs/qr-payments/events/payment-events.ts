import { Clock } from '@mpp/kernel';
import { type EventType, type NewEvent, Notifications } from '@mpp/notifications';
import type { Queryable } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { paymentDto } from '../api/payment.dto.js';
import type { PaymentStatus } from '../domain/transitions.js';
import type { PaymentView } from '../watch/payment-watch.js';

/** The statuses with an event for the customer (R22). A cancel of the customer has none. */
const EVENTS: Readonly<Partial<Record<PaymentStatus, EventType>>> = {
  CONFIRMED: 'payment.confirmed',
  REVERSED: 'payment.reversed',
  DECLINED: 'payment.declined',
  EXPIRED: 'payment.expired',
  IN_DOUBT: 'payment.delayed',
};

/** Events about payments for the participant's gateway. */
@Injectable()
export class PaymentEvents {
  constructor(
    private readonly notifications: Notifications,
    private readonly clock: Clock,
  ) {}

  /** Whether the gateway gets an event for this status. */
  hasEvent(status: PaymentStatus): boolean {
    return this.notifications.enabled && EVENTS[status] !== undefined;
  }

  /** For payments that have just reached their status, in the same transaction. */
  async enqueueEvents(tx: Queryable, views: readonly PaymentView[]): Promise<void> {
    if (!this.notifications.enabled) return;
    await this.notifications.enqueueNotifications(
      tx,
      views.flatMap((view) => this.eventOf(view)),
    );
  }

  private eventOf(view: PaymentView): NewEvent[] {
    const { payment } = view;
    const type = EVENTS[payment.status];
    if (type === undefined) return [];
    return [
      {
        type,
        subject: payment.id,
        customerId: payment.customerId,
        at: payment.updatedAt,
        amount: payment.amount,
        merchant: payment.merchant?.name ?? null,
        data: paymentDto(view, this.clock.now(), 'ru'),
      },
    ];
  }
}
