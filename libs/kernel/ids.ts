import { DomainError } from './domain-error.js';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Our own id of a payment, a UUIDv7: the PS knows it as `mppPaymentId`. */
export type PaymentId = Branded<'PaymentId'>;
/** The PS's id of a purchase, 1 to 64 characters. */
export type KaspiPaymentId = Branded<'KaspiPaymentId'>;
/** The participant's id of a customer, 1 to 12 characters (regulation 4.1). Personal data: never logged. */
export type CustomerId = Branded<'CustomerId'>;
/** An account of the ledger, a UUID. */
export type AccountId = Branded<'AccountId'>;
/** The PS's id of a refund, 1 to 64 characters (regulation 4.4). */
export type RefundId = Branded<'RefundId'>;
/** What we send as `X-Request-ID`, 1 to 64 characters (R23). */
export type RequestId = Branded<'RequestId'>;

/** A UUID as we write it, in lower case. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
// Anything that can be seen, but for what JSON would have to escape. PostgreSQL refuses NUL.
const CUSTOMER = /^[^\p{C}\p{Z}"\\]{1,12}$/u;

/** Throws NOT_FOUND for what cannot be an id of ours: there is no such payment. */
export function paymentId(text: string): PaymentId {
  const id = text.toLowerCase();
  if (!UUID.test(id)) throw new DomainError('NOT_FOUND');
  return id as PaymentId;
}

/** Throws NOT_FOUND for what cannot be the PS's id of a refund: nothing such was ever kept. */
export function refundId(text: string): RefundId {
  if (text === '' || [...text].length > 64 || /\p{Cc}/u.test(text)) throw new DomainError('NOT_FOUND');
  return text as RefundId;
}

/** An account that nobody has. */
export const NO_ACCOUNT = '00000000-0000-0000-0000-000000000000' as AccountId;

/** Null for what cannot be an account of ours. */
export function accountId(text: string): AccountId | null {
  const id = text.toLowerCase();
  return UUID.test(id) ? (id as AccountId) : null;
}

/** Throws VALIDATION_FAILED for anything but 1 to 12 visible characters without quotes and backslashes. */
export function customerId(text: string): CustomerId {
  if (!CUSTOMER.test(text)) {
    const message = { ru: '1–12 видимых символов', kk: '1–12 көрінетін таңба' };
    throw new DomainError('VALIDATION_FAILED', { errors: [{ field: 'customerId', message }] });
  }
  return text as CustomerId;
}

// The regulation says 64 characters; an answer that exceeds a length is kept whole all the same (R29). An index row ends here.
const MAX_KASPI_ID_BYTES = 2000;

/** Null for what cannot be an id of a purchase: nothing, or more than an index holds. */
export function kaspiPaymentId(text: string): KaspiPaymentId | null {
  return text === '' || Buffer.byteLength(text) > MAX_KASPI_ID_BYTES ? null : (text as KaspiPaymentId);
}

/** Throws RangeError: an id of our own making that is too long is a mistake of ours. */
export function requestId(text: string): RequestId {
  if (text.length === 0 || text.length > 64) throw new RangeError('an X-Request-ID has 1 to 64 characters');
  return text as RequestId;
}
