import { Settings } from '@mpp/config';
import { Exchanges } from '@mpp/kaspi';
import { Clock, type Locale } from '@mpp/kernel';
import { type Births, Outbox } from '@mpp/outbox';
import type { Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { NOTIFY_TOPIC } from '../domain/notify.js';
import type { Payment } from '../domain/payment.js';
import { notifyPayload } from './payload.js';

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
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /** Call what it returns after the commit: they leave at once. */
  async write(tx: Tx, orders: readonly NotifyOrder[], births: Births): Promise<() => void> {
    const now = this.clock.now();
    const notifies = orders.map(({ payment, locale }) => ({
      id: payment.id,
      birth: births.claim(NOTIFY_TOPIC),
      payload: notifyPayload(payment, locale, this.settings.KASPI_AMOUNT_FORMAT),
    }));
    for (const { id, birth, payload } of notifies) {
      const { lease, nextAttemptAt } = birth;
      const message = [birth.id, NOTIFY_TOPIC, id, JSON.stringify(payload), nextAttemptAt, lease, null, now];
      await tx.query('select outbox_enqueue($1, $2, $3, $4, $5, $6, $7, $8)', message);
    }
    await this.exchanges.begin(
      notifies
        .filter(({ birth }) => birth.lease !== null)
        .map(({ payload: { requestId, paymentId, body } }) => ({
          requestId,
          attempt: 1,
          method: 'notifyPayment',
          paymentId,
          body,
        })),
      tx,
    );
    return () => {
      for (const { id, birth, payload } of notifies) this.outbox.dispatch(NOTIFY_TOPIC, birth, id, payload);
    };
  }
}
