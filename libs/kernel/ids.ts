import { DomainError } from './domain-error.js';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Our id of a payment, a UUIDv7: the PS's `mppPaymentId`. */
export type PaymentId = Branded<'PaymentId'>;
/** The PS's id of a purchase, 1 to 64 characters. */
export type KaspiPaymentId = Branded<'KaspiPaymentId'>;
/** The participant's id of a customer, 1 to 12 characters (regulation 4.1). Personal data: never logged. */
export type CustomerId = Branded<'CustomerId'>;
/** An account of the ledger, a UUID. */
export type AccountId = Branded<'AccountId'>;
/** The PS's id of a refund, 1 to 64 characters (regulation 4.4). */
export type RefundId = Branded<'RefundId'>;
/** The `X-Request-ID` of our requests, 1 to 64 characters (R23). */
export type RequestId = Branded<'RequestId'>;

/** A UUID in lower case. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
// Visible characters that JSON need not escape.
const CUSTOMER = /^[^\p{C}\p{Z}"\\]{1,12}$/u;

/** Throws NOT_FOUND for a text that is not a UUID. */
export function paymentId(text: string): PaymentId {
  const id = text.toLowerCase();
  if (!UUID.test(id)) throw new DomainError('NOT_FOUND');
  return id as PaymentId;
}

/** Throws NOT_FOUND for a text that cannot be a refund id of the PS. */
export function refundId(text: string): RefundId {
  if (text === '' || [...text].length > 64 || /\p{Cc}/u.test(text)) throw new DomainError('NOT_FOUND');
  return text as RefundId;
}

/** An account that does not exist. */
export const NO_ACCOUNT = '00000000-0000-0000-0000-000000000000' as AccountId;

/** Null for a text that is not a UUID. */
export function accountId(text: string): AccountId | null {
  const id = text.toLowerCase();
  return UUID.test(id) ? (id as AccountId) : null;
}

/** Throws VALIDATION_FAILED unless the text has 1 to 12 visible characters without quotes and backslashes. */
export function customerId(text: string): CustomerId {
  if (!CUSTOMER.test(text)) {
    const message = { ru: '1–12 видимых символов', kk: '1–12 көрінетін таңба' };
    throw new DomainError('VALIDATION_FAILED', { errors: [{ field: 'customerId', message }] });
  }
  return text as CustomerId;
}

// The regulation's limit is 64 characters, but a longer id is stored whole (R29), up to the size of an index row.
const MAX_KASPI_ID_BYTES = 2000;

/** Null for an empty text, or one that does not fit into an index. */
export function kaspiPaymentId(text: string): KaspiPaymentId | null {
  return text === '' || Buffer.byteLength(text) > MAX_KASPI_ID_BYTES ? null : (text as KaspiPaymentId);
}

/** Throws RangeError for an empty text or one of more than 64 characters. */
export function requestId(text: string): RequestId {
  if (text.length === 0 || text.length > 64) throw new RangeError('an X-Request-ID has 1 to 64 characters');
  return text as RequestId;
}
