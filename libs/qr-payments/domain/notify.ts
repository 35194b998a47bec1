import type { Locale, NotifyResult, PaymentId, RequestId } from '@mpp/kernel';

export const NOTIFY_TOPIC = 'notifyPayment';

/** What the outbox keeps of a notify: the request as it leaves at every attempt, to the byte (R10). */
export interface NotifyPayload {
  readonly paymentId: PaymentId;
  readonly requestId: RequestId;
  readonly result: NotifyResult;
  readonly locale: Locale;
  readonly body: string;
}
