import { createHash } from 'node:crypto';
import { ambiguousNames, amountField, field, maskPersonalData, parseWireObject, type WireObject } from '@mpp/kaspi';
import { DomainError, type Money, type RefundId } from '@mpp/kernel';
import type { Refusal } from '../domain/answer.js';
import type { RefundOrder } from '../domain/refund.js';

interface Body {
  /** SHA-256 of what counts in the request (R17). */
  readonly fingerprint: string;
  /** The body for operators, with the customer masked; null if it is not a JSON object. */
  readonly shown: string | null;
}

export type ReadRefund =
  | ({ readonly kind: 'order'; readonly refundId: RefundId; readonly order: RefundOrder } & Body)
  /** Without a refundId the request cannot be remembered. */
  | ({ readonly kind: 'fault'; readonly fault: Refusal; readonly refundId: RefundId | null } & Body);

const MAX_CUSTOMER_ID = 12;
const MAX_ID = 64;

/**
 * Reads a body of regulation 4.4 by R1, R6, R7 and R18. Ids are JSON strings; the amount is a string or a number. The
 * fingerprint covers customer, payment and normalised amount, also of a body with a fault (R17).
 */
export function readRefundBody(text: string): ReadRefund {
  const plain = parsed(text);
  if (plain === NO_JSON) return { ...UNREAD, fault: 'NOT_JSON' };
  if (!isObject(plain)) return { ...UNREAD, fault: 'NO_OBJECT' };
  if (hasTwoValues(text, plain)) return { ...UNREAD, fault: 'TWO_VALUES' };
  // Parsed again to keep the digits of numbers. Nesting that is too deep for it is in no field of ours (R7).
  const wire = parseWireObject(text) ?? withPlainNumbers(plain);
  const fingerprint = fingerprintOf(plain, wire);
  const shown = shownOf(plain);
  const fault = (refusal: Refusal, id: RefundId | null = null): ReadRefund => {
    return { kind: 'fault', fault: refusal, refundId: id, fingerprint, shown };
  };
  const refundId = textOf(plain, 'refundId', MAX_ID) as RefundId | null;
  const customerId = textOf(plain, 'customerId', MAX_CUSTOMER_ID);
  const kaspiPaymentId = textOf(plain, 'paymentId', MAX_ID);
  const amount = amountOf(wire);
  const linkReceipt = linkOf(plain, 'linkReceipt');
  const pdfReceipt = linkOf(plain, 'pdfReceipt');
  if (refundId === null) return fault('REFUND_ID');
  if (customerId === null) return fault('CUSTOMER_ID', refundId);
  if (kaspiPaymentId === null) return fault('PAYMENT_ID', refundId);
  if (amount === null) return fault('AMOUNT', refundId);
  if (linkReceipt === null || linkReceipt === 'unreadable') return fault('LINK_RECEIPT', refundId);
  if (pdfReceipt === 'unreadable') return fault('PDF_RECEIPT', refundId);
  const order = { refundId, customerId, kaspiPaymentId, amount, linkReceipt, pdfReceipt };
  return { kind: 'order', refundId, order, fingerprint, shown };
}

const UNREAD = { kind: 'fault', refundId: null, fingerprint: '', shown: null } as const;

const NAMES = ['refundId', 'customerId', 'paymentId', 'refundAmount', 'linkReceipt', 'pdfReceipt'];

/** Whether a field of ours has two values: readers differ in which one they take. Other fields do not count (R7). */
function hasTwoValues(text: string, plain: WireObject): boolean {
  const twice = ambiguousNames(text);
  return NAMES.some((name) => {
    if (Object.hasOwn(plain, name) && plain[name] !== null) return twice.has(name);
    const similar = Object.keys(plain).filter(
      (key) => plain[key] !== null && key.trim().toLowerCase() === name.toLowerCase(),
    );
    return similar.some((key) => twice.has(key)) || new Set(similar.map((key) => JSON.stringify(plain[key]))).size > 1;
  });
}

const NO_JSON = Symbol('no JSON');

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NO_JSON;
  }
}

function isObject(value: unknown): value is WireObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withPlainNumbers(plain: WireObject): WireObject {
  return Object.fromEntries(
    Object.entries(plain).map(([key, value]) => [key, typeof value === 'number' ? String(value) : value]),
  );
}

/** Text that the database stores unchanged: no control characters, which include NUL, and no lone surrogates. */
function isStorable(text: string): boolean {
  return !/\p{Cc}/u.test(text) && text.isWellFormed();
}

function textOf(plain: WireObject, name: string, maxLength: number): string | null {
  const value = field(plain, name);
  if (typeof value !== 'string' || value.trim() === '' || !isStorable(value)) return null;
  return [...value].length <= maxLength ? value : null;
}

/** Null if it is missing or empty. */
function linkOf(plain: WireObject, name: string): string | null | 'unreadable' {
  const value = field(plain, name);
  if (value === undefined || value === '') return null;
  return typeof value === 'string' && value.trim() !== '' && isStorable(value) ? value : 'unreadable';
}

function amountOf(wire: WireObject): Money | null {
  try {
    const amount = amountField(wire, 'refundAmount');
    return amount === undefined || amount.isZero() ? null : amount;
  } catch (error) {
    if (error instanceof DomainError) return null;
    throw error;
  }
}

/** Unreadable values count too: two requests of one refundId are equal only if both have the same faults. */
function fingerprintOf(plain: WireObject, wire: WireObject): string {
  const comparable = (value: unknown) =>
    typeof value === 'string' ? value : { type: value === undefined ? null : typeof value };
  const amount = amountOf(wire)?.toString() ?? { unreadable: comparable(field(wire, 'refundAmount')) };
  const content = [comparable(field(plain, 'customerId')), comparable(field(plain, 'paymentId')), amount];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

/** The body with the customer masked, however the key is written. */
function shownOf(plain: WireObject): string | null {
  const isCustomer = (key: string) => key.trim().toLowerCase() === 'customerid';
  const fields = Object.entries(plain).map(([key, value]) =>
    isCustomer(key) ? ['customerId', typeof value === 'string' ? value : ''] : [key, value],
  );
  try {
    return maskPersonalData(JSON.stringify(Object.fromEntries(fields)));
  } catch {
    // Nested too deeply to be written.
    return null;
  }
}
