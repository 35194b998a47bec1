import { Settings } from '@mpp/config';
import { Exchanges } from '@mpp/kaspi';
import type { Locale } from '@mpp/kernel';
import { Outbox } from '@mpp/outbox';
import type { Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { NOTIFY_TOPIC, type NotifyPayload } from '../domain/notify.js';
import type { Payment } from '../domain/payment.js';
import { notifyPayload } from './notify-payload.js';

/** What the PS is to be told of a payment, for the first time. */
export interface NotifyOrder {
  readonly payment: Payment;
  readonly locale: Locale;
}

/** Writes notifies in a transaction that settles something else: an outside core's answer to a debit. */
@Injectable()
export class NotifyOrders {
  constructor(
    private readonly outbox: Outbox,
    private readonly exchanges: Exchanges,
    private readonly settings: Settings,
  ) {}

  /** Writes the notifies, which are sent after the commit. */
  async write(tx: Tx, orders: readonly NotifyOrder[]): Promise<void> {
    const sentNow: NotifyPayload[] = [];
    for (const { payment, locale } of orders) {
      const payload = notifyPayload(payment, locale, this.settings.KASPI_AMOUNT_FORMAT);
      const { lease } = await this.outbox.enqueue(tx, { topic: NOTIFY_TOPIC, key: payment.id, payload });
      if (lease !== null) sentNow.push(payload);
    }
    await this.exchanges.begin(
      sentNow.map(({ requestId, paymentId, body }) => ({
        requestId,
        attempt: 1,
        method: 'notifyPayment',
        paymentId,
        body,
      })),
      tx,
    );
  }
}
