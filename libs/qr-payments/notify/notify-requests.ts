import { Settings } from '@mpp/config';
import { CallLog } from '@mpp/kaspi';
import type { Locale } from '@mpp/kernel';
import { Outbox } from '@mpp/outbox';
import type { Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { NOTIFY_TOPIC, type NotifyPayload } from '../domain/notify.js';
import type { Payment } from '../domain/payment.js';
import { notifyPayload } from './notify-payload.js';

/** A payment whose result was decided, with the customer's locale. */
export interface NotifyRequest {
  readonly payment: Payment;
  readonly locale: Locale;
}

/** Writes notifies in a transaction that settles the answer of an external core to a debit. */
@Injectable()
export class NotifyRequests {
  constructor(
    private readonly outbox: Outbox,
    private readonly callLog: CallLog,
    private readonly settings: Settings,
  ) {}

  /** Writes the notifies with the record of their first attempts; they are sent after the commit. */
  async enqueueNotifies(tx: Tx, requests: readonly NotifyRequest[]): Promise<void> {
    const sentNow: NotifyPayload[] = [];
    for (const { payment, locale } of requests) {
      const payload = notifyPayload(payment, locale, this.settings.KASPI_AMOUNT_FORMAT);
      const { lease } = await this.outbox.enqueueMessage(tx, { topic: NOTIFY_TOPIC, key: payment.id, payload });
      if (lease !== null) sentNow.push(payload);
    }
    await this.callLog.recordCalls(
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
