import type { Locale, NotifyResult, PaymentId, RequestId } from '@mpp/kernel';

export const NOTIFY_TOPIC = 'notifyPayment';

/** The request exactly as every attempt sends it (R10). */
export interface NotifyPayload {
  readonly paymentId: PaymentId;
  readonly requestId: RequestId;
  readonly result: NotifyResult;
  readonly locale: Locale;
  readonly body: string;
}
