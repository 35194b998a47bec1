import { createHash } from 'node:crypto';
import { amountField, field, parseWireObject, type WireObject } from '@mpp/kaspi';
import { DomainError, type Money, type RefundId } from '@mpp/kernel';
import type { Refusal } from '../domain/answer.js';
import type { RefundOrder } from '../domain/refund.js';

/** A request as it was read. */
export type ReadRefund =
  | { readonly kind: 'order'; readonly refundId: RefundId; readonly order: RefundOrder; readonly fingerprint: string }
  /** Without a refundId there is nothing to remember it by. */
  | {
      readonly kind: 'fault';
      readonly fault: Refusal;
      readonly refundId: RefundId | null;
      readonly fingerprint: string;
    };

const MAX_CUSTOMER_ID = 12;
const MAX_ID = 64;

/**
 * Reads the body of 4.4 as R1, R6, R7 and R18 have it. Ids are JSON strings, and an amount is one or a number. Whatever
 * stands there, the fingerprint is of what counts in it: customer, payment and the normalised amount (R17).
 */
export function readRefundBody(text: string): ReadRefund {
  const plain = parsed(text);
  if (plain === NO_JSON) return fault('NOT_JSON');
  // Read once more with its numbers as they were written; what is too deep for that has no field of ours in it.
  const wire = parseWireObject(text);
  if (!isObject(plain) || wire === null) return fault('NO_OBJECT');
  const fingerprint = fingerprintOf(plain, wire);
  const refundId = textOf(plain, 'refundId', MAX_ID) as RefundId | null;
  const customerId = textOf(plain, 'customerId', MAX_CUSTOMER_ID);
  const kaspiPaymentId = textOf(plain, 'paymentId', MAX_ID);
  const amount = amountOf(wire);
  const linkReceipt = linkOf(plain, 'linkReceipt');
  const pdfReceipt = linkOf(plain, 'pdfReceipt');
  if (refundId === null) return fault('REFUND_ID', null, fingerprint);
  if (customerId === null) return fault('CUSTOMER_ID', refundId, fingerprint);
  if (kaspiPaymentId === null) return fault('PAYMENT_ID', refundId, fingerprint);
  if (amount === null) return fault('AMOUNT', refundId, fingerprint);
  if (linkReceipt === null || linkReceipt === 'unreadable') return fault('LINK_RECEIPT', refundId, fingerprint);
  if (pdfReceipt === 'unreadable') return fault('PDF_RECEIPT', refundId, fingerprint);
  const order = { refundId, customerId, kaspiPaymentId, amount, linkReceipt, pdfReceipt };
  return { kind: 'order', refundId, order, fingerprint };
}

function fault(refusal: Refusal, refundId: RefundId | null = null, fingerprint = ''): ReadRefund {
  return { kind: 'fault', fault: refusal, refundId, fingerprint };
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

/** Text that can be kept as it is: PostgreSQL refuses NUL, and half of a surrogate pair is no character. */
function isKept(text: string): boolean {
  return !/\p{Cc}/u.test(text) && text.isWellFormed();
}

function textOf(plain: WireObject, name: string, maxLength: number): string | null {
  const value = field(plain, name);
  if (typeof value !== 'string' || value.trim() === '' || !isKept(value)) return null;
  return [...value].length <= maxLength ? value : null;
}

/** Null where there is none; an optional one that is empty is none. */
function linkOf(plain: WireObject, name: string): string | null | 'unreadable' {
  const value = field(plain, name);
  if (value === undefined || value === '') return null;
  return typeof value === 'string' && value.trim() !== '' && isKept(value) ? value : 'unreadable';
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

/** What cannot be read counts too: two requests of one refundId are the same only where both are wrong in the same way. */
function fingerprintOf(plain: WireObject, wire: WireObject): string {
  const counted = (value: unknown) =>
    typeof value === 'string' ? value : { type: value === undefined ? null : typeof value };
  const amount = amountOf(wire)?.toString() ?? { unreadable: counted(field(wire, 'refundAmount')) };
  const content = [counted(field(plain, 'customerId')), counted(field(plain, 'paymentId')), amount];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
