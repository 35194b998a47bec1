import { PAYMENT_TRANSITIONS, type PaymentStatus } from '../../libs/qr-payments/domain/transitions.js';

/** Where the customers' accounts are kept. */
export type CoreKind = 'own ledger' | 'a bank’s core';

export type QrType = 'Dynamic' | 'Static' | 'Custom';
export type Told = 'SUCCESS' | 'CANCELLED_BY_CLIENT' | 'PROCESS_FAIL';
export type Resolution = 'CONFIRMED' | 'REVERSED';

/** A customer's account. Amounts are tiyn. */
export interface KnownAccount {
  /** The bank's own id of it, or the own ledger's. */
  readonly id: string;
  readonly customer: number;
  status: 'OPEN' | 'BLOCKED' | 'CLOSED';
  deposited: bigint;
}

/** A payment as the books expect it to be. Amounts are tiyn, moments milliseconds. */
export interface KnownPayment {
  readonly id: string;
  readonly number: number;
  readonly customer: number;
  readonly purchase: string;
  readonly type: QrType;
  status: PaymentStatus;
  amount: bigint | null;
  /** The last moment at which a confirm is taken, while it waits for one. */
  lastMoment: number;
  /** The last moment at which a debit at a bank's core may become known and stand (R16). */
  deadline: number;
  /** What checkout was first asked with; it never changes again (R37). */
  form: Form | null;
  /** The account that is debited, or was asked to be. */
  account: string | null;
  /** At a bank's core: what is known of the debit that it was asked for. */
  debit: DebitState | null;
  told: Told | null;
  /** The PS has answered, or an operator has closed it. */
  delivered: boolean;
  debitedAt: number | null;
  settledBy: 'KASPI' | 'OPERATOR' | 'REFUND' | 'DEADLINE' | null;
  /** Which way the difference is booked. */
  contradiction: 'OWED' | 'NOT_OWED' | null;
  hasReceipt: boolean;
  /** The code of the refusal that gave the money back. */
  refusal: string | null;
  refunded: bigint;
  /** The latest attempt that has ended. */
  ended: number;
}

export type DebitState = 'REQUESTED' | 'DONE' | 'REFUSED' | 'ABANDONED';

/** A refund that the PS has asked for. */
export interface KnownRefund {
  readonly refundId: string;
  readonly number: number;
  readonly purchase: string;
  readonly customer: number;
  readonly amount: bigint;
  /** Null where it was refused. */
  readonly payment: string | null;
  /** The customer had the money before (R19). */
  readonly againstReversal: boolean;
  status: 'REFUSED' | 'ACCEPTED' | 'SUSPENDED' | 'CREDITED';
  creditedTo: string | null;
  /** Accounts at a bank's core that would not take it, each time. */
  readonly refusals: string[];
}

/** What the PS asks for. */
export type RefundOrder = Pick<KnownRefund, 'refundId' | 'purchase' | 'customer' | 'amount'>;

/** What an act is to be answered. A payment may be further than this where it moves on at the same moment. */
export interface Expected {
  readonly http: number;
  readonly code?: string;
  readonly status?: PaymentStatus;
  readonly amount?: bigint | null;
  readonly kaspiResultCode?: string;
}

/** The values of a service's two open parameters. */
export interface Form {
  readonly number?: string;
  readonly zone?: string;
}

export interface ConfirmBody {
  readonly amount?: string;
  readonly expectedAmount?: string;
}

/** What the PS said of a scanned QR. */
export interface ScannedPurchase {
  readonly type: QrType;
  readonly purchase: string;
  readonly amount: bigint | null;
  readonly until: number | null;
}

/** How one attempt to notify ended. */
export interface Heard {
  readonly attempt: number;
  /** Null: no clear answer. */
  readonly code: string | null;
  /** An earlier attempt may have reached the PS. */
  readonly mayHaveArrivedBefore: boolean;
  /** It was not made: somebody else has paid the purchase. */
  readonly superseded: boolean;
}

/** What a bank's core has said of a debit, or that nobody asks it any more. */
export interface DebitHeard {
  readonly state: Exclude<DebitState, 'REQUESTED'>;
  readonly at: number;
}

const WAITING: readonly PaymentStatus[] = ['AWAITING_AMOUNT', 'AWAITING_CHECKOUT', 'AWAITING_CONFIRMATION'];

export function isWaiting({ status }: Pick<KnownPayment, 'status'>): boolean {
  return WAITING.includes(status);
}

/** The PS may still say how it ends. */
export function isOpen({ status }: Pick<KnownPayment, 'status'>): boolean {
  return status === 'PROCESSING' || status === 'IN_DOUBT';
}

/** The customer has the money back, or is about to. */
export function isGivenBack({ status }: Pick<KnownPayment, 'status'>): boolean {
  return status === 'REVERSING' || status === 'REVERSED';
}

/** The customer's money is out by our journal, for good or for now. */
export function isOut({ status, debitedAt }: Pick<KnownPayment, 'status' | 'debitedAt'>): boolean {
  return debitedAt !== null && status !== 'REVERSED';
}

/** It was debited, or a bank's core may have. */
export function isPaid({ debitedAt, debit }: Pick<KnownPayment, 'debitedAt' | 'debit'>): boolean {
  return debitedAt !== null || (debit !== null && debit !== 'REFUSED');
}

export function leadsTo(from: PaymentStatus, to: PaymentStatus): boolean {
  return from === to || Object.values(PAYMENT_TRANSITIONS[from]).some((next) => leadsTo(next, to));
}

export function tiyn(amount: string): bigint {
  const [whole = '', decimals = ''] = amount.split('.');
  return BigInt(whole + decimals.padEnd(2, '0'));
}

export function inTenge(amount: bigint): string {
  return `${amount / 100n}.${String(amount % 100n).padStart(2, '0')}`;
}

export function problem(http: number, code: string): Expected {
  return { http, code };
}

export function change(payment: KnownPayment, what: Partial<KnownPayment>): KnownPayment {
  return Object.assign(payment, what);
}

export function shown({ status, amount }: KnownPayment): Expected {
  return { http: 200, status, amount };
}
