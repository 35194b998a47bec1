import type { Money } from '@mpp/kernel';
import { type KaspiPaymentId, kaspiPaymentId } from '@mpp/kernel';
import type { KaspiOutcome } from './outcome.js';
import { amountField, objectField, parseInstant, parseWireObject, textField, type WireObject } from './wire.js';

export interface Merchant {
  readonly id: string | null;
  readonly name: string | null;
  readonly mcc: string | null;
}

/** A scan that succeeded, by the type of the QR (regulation 4.1). */
export type ScanAnswer =
  | {
      readonly qrCodeType: 'Dynamic';
      readonly kaspiPaymentId: KaspiPaymentId;
      readonly amount: Money;
      /** Null where the PS named none (R8). */
      readonly confirmUntil: Date | null;
      readonly merchant: Merchant | null;
    }
  /** A type that this server does not pay yet. */
  | { readonly qrCodeType: 'Static' | 'Custom' | 'Refund' };

/** A notifyPayment that succeeded (regulation 4.3). Links are as they came (R32). */
export interface NotifyAnswer {
  readonly linkReceipt: string | null;
  readonly pdfReceipt: string | null;
}

/** An answer that says SUCCESS and then lacks what it must hold. */
class UnreadableAnswer extends Error {}

const ASK_AGAIN = new Set([408, 425, 429]);

/** Sorts an HTTP answer into answered and unknown, and reads it. Source: R9. */
export function readOutcome<Answer>(
  httpStatus: number,
  text: string,
  readAnswer: (body: WireObject) => Answer,
): KaspiOutcome<Answer> {
  const unknown = (reason: string) => ({ kind: 'unknown', reason, httpStatus, text }) as const;
  if (httpStatus >= 500 || ASK_AGAIN.has(httpStatus)) return unknown(`HTTP ${httpStatus}`);
  const body = parseWireObject(text);
  if (body === null) return unknown(`HTTP ${httpStatus} without a JSON object`);
  const result = objectField(body, 'result');
  const resultCode = result && textField(result, 'resultCode');
  if (result === undefined || resultCode === undefined) return unknown(`HTTP ${httpStatus} without a resultCode`);
  const answered = {
    kind: 'answered',
    resultCode,
    resultMessage: textField(result, 'resultMessage') ?? '',
    httpStatus,
    text,
  } as const;
  if (resultCode !== 'SUCCESS') return { ...answered, answer: null };
  try {
    return { ...answered, answer: readAnswer(body) };
  } catch (error) {
    return unknown(`SUCCESS, but ${(error as Error).message}`);
  }
}

export function readScanAnswer(body: WireObject): ScanAnswer {
  const qrCodeType = textField(body, 'qrCodeType');
  switch (qrCodeType) {
    case 'Dynamic':
      return readDynamic(body);
    case 'Static':
    case 'Custom':
    case 'Refund':
      return { qrCodeType };
    default:
      throw new UnreadableAnswer('qrCodeType is missing or unknown');
  }
}

export function readNotifyAnswer(body: WireObject): NotifyAnswer {
  return { linkReceipt: textField(body, 'linkReceipt') ?? null, pdfReceipt: textField(body, 'pdfReceipt') ?? null };
}

function readDynamic(body: WireObject): ScanAnswer {
  const payment = objectField(body, 'payment') ?? {};
  const id = kaspiPaymentId(textField(payment, 'paymentId') ?? '');
  if (id === null) throw new UnreadableAnswer('payment.paymentId is missing or endless');
  const amount = amountField(payment, 'paymentAmount');
  if (amount === undefined || amount.isZero()) throw new UnreadableAnswer('payment.paymentAmount is missing or zero');
  return {
    qrCodeType: 'Dynamic',
    kaspiPaymentId: id,
    amount,
    confirmUntil: readDeadline(payment),
    merchant: readMerchant(body),
  };
}

/** A deadline that is there and cannot be read must not pass for none: the customer would be debited too late. */
function readDeadline(payment: WireObject): Date | null {
  const text = textField(payment, 'canConfirmUntil');
  if (text === undefined) return null;
  const instant = parseInstant(text);
  if (instant === null) throw new UnreadableAnswer('payment.canConfirmUntil is no date');
  return instant;
}

function readMerchant(body: WireObject): Merchant | null {
  const merchant = objectField(body, 'merchant');
  if (merchant === undefined) return null;
  return {
    id: textField(merchant, 'merchantId') ?? null,
    name: textField(merchant, 'merchantName') ?? null,
    mcc: textField(merchant, 'merchantMCC') ?? null,
  };
}
