/**
 * The wire format of the PS: the shapes of regulation 4.1 to 4.3, and the reading rules R1, R2, R5, R6 and R7. Of the server's
 * client the simulator imports this file only.
 */
import { KASPI_LOCALE, Money } from '@mpp/kernel';

export const SCAN_PATH = '/api/v1/qr/scan';
export const CHECKOUT_PATH = '/api/v1/qr/checkout';
export const NOTIFY_PATH = '/api/v1/qr/notifyPayment';

/** A QR of the simulator that can be paid repeatedly; the examples of the API documents use it. */
export const DEMO_QR_CODE = '59210000000000000000000000000006574344';

export const HEADERS = { requestId: 'x-request-id', callerName: 'x-caller-name', locale: 'x-locale' } as const;
/** The values of `X-Locale` (regulation 1.7). */
export const WIRE_LOCALES: readonly string[] = Object.values(KASPI_LOCALE);

export type QrCodeType = 'Dynamic' | 'Static' | 'Custom' | 'Refund';
export type AmountFormat = 'decimal' | 'integer';

export interface ResultBody {
  resultCode: string;
  resultMessage: string;
}

export interface MerchantBody {
  merchantId: string;
  merchantName: string;
  merchantMCC: string;
  authorType?: string;
}

export interface ScanRequestBody {
  qrCode: string;
  customerId: string;
}

export interface ScanAnswerBody {
  result: ResultBody;
  qrCodeType?: QrCodeType;
  payment?: { paymentId: string; paymentAmount?: string; canConfirmUntil?: string };
  merchant?: MerchantBody;
  /** Custom only: the form that the customer fills in. */
  paymentData?: ServiceBody;
  refund?: { refundId: string };
}

export interface ServiceBody {
  serviceId: number;
  serviceName: string;
  parameters: ServiceParameterBody[];
}

export interface ServiceParameterBody {
  id: number;
  /** If not empty, filled in by the PS and returned unchanged. */
  value?: string;
  name: string;
  /** If there are any, the value is the key of one of them. */
  options?: { key: string; label: string; description?: string }[];
}

export interface CheckoutRequestBody {
  paymentId: string;
  serviceId: number;
  parameters: { id: number; value: string }[];
}

export interface CheckoutAnswerBody {
  result: ResultBody;
  /** A string in the table of 4.2, a number in its example. */
  paymentAmount?: string | number;
  canConfirmUntil?: string;
  merchant?: MerchantBody;
}

export interface NotifyRequestBody {
  result: ResultBody;
  payment: { paymentId: string; mppPaymentId: string; paymentAmount?: string };
  customerId: string;
}

export interface NotifyAnswerBody {
  result: ResultBody;
  linkReceipt?: string;
  pdfReceipt?: string;
}

/** A JSON object whose numbers are their source text, so that no amount passes through a float. */
export type WireObject = { readonly [key: string]: unknown };

/**
 * Parses a JSON text; every number becomes its source text (`100` → `"100"`, `1e2` → `"1e2"`). Null if the text is not a JSON
 * object.
 */
export function parseWireObject(text: string): WireObject | null {
  try {
    const value: unknown = JSON.parse(text, toSourceText);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/**
 * The reviver gets the source text of each primitive (Node 21 and later), which the compiler's types lack. NUL becomes the
 * replacement character, because text columns refuse it and an answer must not be lost.
 */
function toSourceText(this: unknown, _key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value === 'number') {
    if (context?.source === undefined) throw new Error('this version of Node does not pass the source text of numbers');
    return context.source;
  }
  return typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value;
}

/**
 * The value of a key. The exact key takes precedence over one that differs by surrounding blanks or case (`"refundId "`,
 * `PaymentId`). Undefined if there is none or it is null. Source: R6.
 */
export function field(object: WireObject, name: string): unknown {
  if (Object.hasOwn(object, name) && object[name] !== null) return object[name];
  const wanted = name.toLowerCase();
  return Object.entries(object).find(([key, value]) => value !== null && key.trim().toLowerCase() === wanted)?.[1];
}

/** A nested object; undefined if the field is missing or something else. */
export function objectField(object: WireObject, name: string): WireObject | undefined {
  const value = field(object, name);
  return isObject(value) ? value : undefined;
}

/** A list of objects, other elements omitted; undefined if the field is missing or something else. */
export function arrayField(object: WireObject, name: string): WireObject[] | undefined {
  const value = field(object, name);
  return Array.isArray(value) ? value.filter(isObject) : undefined;
}

/** A string, or the source text of a number; undefined if the field is missing, empty or something else. */
export function textField(object: WireObject, name: string): string | undefined {
  const value = field(object, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** An amount of R1; undefined if the field is missing. Throws AMOUNT_INVALID for anything else. */
export function amountField(object: WireObject, name: string): Money | undefined {
  const value = field(object, name);
  return value === undefined ? undefined : Money.parse(typeof value === 'string' ? value : '');
}

/** `"100.00"` (1.6) or `"100"` (the note of 4.3). The integer format throws AMOUNT_NOT_WHOLE for tiyn. Source: R2. */
export function writeAmount(amount: Money, format: AmountFormat): string {
  return format === 'decimal' ? amount.toString() : amount.toWholeTenge();
}

function isObject(value: unknown): value is WireObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
