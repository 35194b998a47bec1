import { type AmountFormat, type NotifyRequestBody, writeAmount } from '@mpp/kaspi';
import { type Locale, type NotifyResult, requestId } from '@mpp/kernel';
import { derivedId } from '@mpp/platform';
import type { NotifyPayload } from '../domain/notify.js';
import type { Payment } from '../domain/payment.js';

/** 4.3; the message names no personal data (R15). */
const MESSAGES: Readonly<Record<NotifyResult, string>> = {
  SUCCESS: 'success',
  CANCELLED_BY_CLIENT: 'cancelled by client',
  PROCESS_FAIL: 'the payment was not made',
  RISK_REJECT: 'the payment was not allowed',
};

/** Writes the one notify that a payment has (R35). The amount goes out for Static and Custom only (R4). */
export function notifyPayload(payment: Payment, locale: Locale, format: AmountFormat): NotifyPayload {
  const { id, kaspiPaymentId, customerId, notifyResult, amount, qrCodeType } = payment;
  if (notifyResult === null) throw new Error(`payment ${id} has no result for the PS`);
  const sendsAmount = qrCodeType !== 'Dynamic' && amount !== null;
  const body: NotifyRequestBody = {
    result: { resultCode: notifyResult, resultMessage: MESSAGES[notifyResult] },
    payment: {
      paymentId: kaspiPaymentId,
      mppPaymentId: id,
      ...(sendsAmount && { paymentAmount: writeAmount(amount, format) }),
    },
    customerId,
  };
  const derived = requestId(derivedId('notify', id));
  return { paymentId: id, requestId: derived, result: notifyResult, locale, body: JSON.stringify(body) };
}
