import { isUnknownOutcome, type KaspiPaymentId, kaspiPaymentId, type Money, parseInstant } from '@mpp/kernel';
import { ambiguousNames } from '../ambiguous-names.js';
import type { KaspiOutcome } from '../domain/outcome.js';
import { amountField, field, objectField, parseWireObject, textField, type WireObject } from '../wire.js';
import { readServiceForm, type ServiceForm } from './service-form.js';
import { UnreadableAnswer } from './unreadable-answer.js';

export interface Merchant {
  readonly id: string | null;
  readonly name: string | null;
  readonly mcc: string | null;
}

interface ScannedPurchase {
  readonly kaspiPaymentId: KaspiPaymentId;
  /** Null if the PS named none (R8). */
  readonly confirmUntil: Date | null;
  readonly merchant: Merchant | null;
}

/** A successful scan, by the type of the QR (regulation 4.1). */
export type ScanAnswer =
  | ({ readonly qrCodeType: 'Dynamic'; readonly amount: Money; readonly service: null } & ScannedPurchase)
  | ({ readonly qrCodeType: 'Static'; readonly amount: null; readonly service: null } & ScannedPurchase)
  | ({ readonly qrCodeType: 'Custom'; readonly amount: null; readonly service: ServiceForm } & ScannedPurchase)
  | { readonly qrCodeType: 'Refund'; readonly refundId: string };

/** A successful checkout (regulation 4.2). */
export interface CheckoutAnswer {
  readonly amount: Money;
  readonly confirmUntil: Date | null;
  readonly merchant: Merchant | null;
}

/** A successful notifyPayment (regulation 4.3). The links are as received (R32). */
export interface NotifyAnswer {
  readonly linkReceipt: string | null;
  readonly pdfReceipt: string | null;
}

/** The names of 4.1 to 4.3, in lower case. */
const NAMES_OF_ANSWERS: ReadonlySet<string> = new Set([
  ...[
    'result',
    'resultcode',
    'resultmessage',
    'qrcodetype',
    'payment',
    'paymentid',
    'paymentamount',
    'canconfirmuntil',
  ],
  ...['merchant', 'merchantid', 'merchantname', 'merchantmcc', 'refundid', 'linkreceipt', 'pdfreceipt'],
]);

/** Unknown fields do not count (R7). */
function isOfAnswer(path: string): boolean {
  return path.split('.').every((name) => NAMES_OF_ANSWERS.has(name.trim().toLowerCase()));
}

/** Reads an HTTP answer; one without a reliable result is unknown. Source: R9. */
export function readOutcome<Answer>(
  httpStatus: number,
  text: string,
  readAnswer: (body: WireObject) => Answer,
): KaspiOutcome<Answer> {
  const unknown = (reason: string) => ({ kind: 'unknown', reason, httpStatus, text }) as const;
  if (isUnknownOutcome(httpStatus)) return unknown(`HTTP ${httpStatus}`);
  const body = parseWireObject(text);
  if (body === null) return unknown(`HTTP ${httpStatus} without a JSON object`);
  const [twice] = [...ambiguousNames(text)].filter(isOfAnswer);
  if (twice !== undefined) return unknown(`HTTP ${httpStatus} with two values of ${twice}`);
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
      return { qrCodeType, ...readPurchase(body), amount: readAmount(paymentField(body), 'payment.'), service: null };
    case 'Static':
      return { qrCodeType, ...readPurchase(body), amount: null, service: null };
    case 'Custom':
      return { qrCodeType, ...readPurchase(body), amount: null, service: readServiceForm(body) };
    case 'Refund':
      return { qrCodeType, refundId: readRefundId(body) };
    default:
      throw new UnreadableAnswer('qrCodeType is missing or unknown');
  }
}

export function readCheckoutAnswer(body: WireObject): CheckoutAnswer {
  return { amount: readAmount(body, ''), confirmUntil: readDeadline(body, ''), merchant: readMerchant(body) };
}

export function readNotifyAnswer(body: WireObject): NotifyAnswer {
  return { linkReceipt: textField(body, 'linkReceipt') ?? null, pdfReceipt: textField(body, 'pdfReceipt') ?? null };
}

function paymentField(body: WireObject): WireObject {
  return objectField(body, 'payment') ?? {};
}

function readPurchase(body: WireObject): ScannedPurchase {
  const payment = paymentField(body);
  const id = kaspiPaymentId(textField(payment, 'paymentId') ?? '');
  if (id === null) throw new UnreadableAnswer('payment.paymentId is missing or too long');
  return { kaspiPaymentId: id, confirmUntil: readDeadline(payment, 'payment.'), merchant: readMerchant(body) };
}

function readAmount(object: WireObject, path: string): Money {
  const amount = amountField(object, 'paymentAmount');
  if (amount === undefined || amount.isZero()) throw new UnreadableAnswer(`${path}paymentAmount is missing or zero`);
  return amount;
}

function readRefundId(body: WireObject): string {
  const refundId = textField(objectField(body, 'refund') ?? {}, 'refundId');
  // The limit of an index row, as for kaspiPaymentId.
  if (refundId === undefined || kaspiPaymentId(refundId) === null) {
    throw new UnreadableAnswer('refund.refundId is missing or too long');
  }
  return refundId;
}

/** An unreadable deadline does not count as none: the customer could be debited too late. */
function readDeadline(object: WireObject, path: string): Date | null {
  const value = field(object, 'canConfirmUntil');
  if (value === undefined || value === '') return null;
  const instant = typeof value === 'string' ? parseInstant(value) : null;
  if (instant === null) throw new UnreadableAnswer(`${path}canConfirmUntil is not a date`);
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
