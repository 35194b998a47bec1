import { PAYMENT_TRANSITIONS, type PaymentStatus } from '../../libs/qr-payments/domain/transitions.js';

/** Which system keeps the customers' accounts. */
export type CoreKind = 'own ledger' | 'a bank’s core';

export type QrType = 'Dynamic' | 'Static' | 'Custom';
export type NotifyCode = 'SUCCESS' | 'CANCELLED_BY_CLIENT' | 'PROCESS_FAIL';
export type Resolution = 'CONFIRMED' | 'REVERSED';

/** A customer's account. Amounts are tiyn. */
export interface ModelAccount {
  /** The core's id, or the own ledger's. */
  readonly id: string;
  readonly customer: number;
  status: 'OPEN' | 'BLOCKED' | 'CLOSED';
  deposited: bigint;
}

/** The expected state of a payment. Amounts are tiyn, moments milliseconds. */
export interface ModelPayment {
  readonly id: string;
  readonly number: number;
  readonly customer: number;
  readonly purchase: string;
  readonly type: QrType;
  status: PaymentStatus;
  amount: bigint | null;
  /** The last moment at which a confirm is accepted. */
  lastMoment: number;
  /** If the outcome of a debit at a bank's core is known after this moment, the debit is reversed (R16). */
  deadline: number;
  /** The values of the first checkout; they cannot change (R37). */
  form: Form | null;
  /** The account that was debited, or whose debit was requested. */
  account: string | null;
  /** At a bank's core: the state of the requested debit. */
  debit: DebitState | null;
  notified: NotifyCode | null;
  /** The PS has answered the notify, or an operator has closed it. */
  delivered: boolean;
  debitedAt: number | null;
  settledBy: 'KASPI' | 'OPERATOR' | 'REFUND' | 'DEADLINE' | null;
  /** The direction in which the difference is booked. */
  contradiction: 'OWED' | 'NOT_OWED' | null;
  hasReceipt: boolean;
  /** The result code with which the PS refused the purchase. */
  refusal: string | null;
  refunded: bigint;
  /** No account took the money of the reversal when it was tried (R41). */
  suspended: boolean;
  /** The account that has the money of the reversal. */
  returnedTo: string | null;
  /** Accounts at a bank's core that refused the reversal, one entry per refusal. */
  readonly refusals: string[];
  /** The number of the latest notify attempt that has ended. */
  ended: number;
}

export type DebitState = 'REQUESTED' | 'DONE' | 'REFUSED' | 'ABANDONED';

/** The expected state of a refund that the PS has requested. */
export interface ModelRefund {
  readonly refundId: string;
  readonly number: number;
  readonly purchase: string;
  readonly customer: number;
  readonly amount: bigint;
  /** Null if the refund was refused. */
  readonly payment: string | null;
  /** The payment was reversed before: the customer has the money already (R19). */
  readonly againstReversal: boolean;
  status: 'REFUSED' | 'ACCEPTED' | 'SUSPENDED' | 'CREDITED';
  creditedTo: string | null;
  /** Accounts at a bank's core that refused the credit, one entry per refusal. */
  readonly refusals: string[];
}

/** A refund as the PS requests it. */
export type RefundOrder = Pick<ModelRefund, 'refundId' | 'purchase' | 'customer' | 'amount'>;

/** The expected answer to an action. The payment may be further if it moves on at the same moment. */
export interface Expected {
  readonly http: number;
  readonly code?: string;
  readonly status?: PaymentStatus;
  readonly amount?: bigint | null;
  readonly kaspiResultCode?: string;
}

/** The values of the service form's two open parameters. */
export interface Form {
  readonly number?: string;
  readonly zone?: string;
}

export interface ConfirmBody {
  readonly amount?: string;
  readonly expectedAmount?: string;
}

/** The PS's answer to a scan. */
export interface ScannedPurchase {
  readonly type: QrType;
  readonly purchase: string;
  readonly amount: bigint | null;
  readonly until: number | null;
}

/** The result of one notify attempt. */
export interface NotifyResult {
  readonly attempt: number;
  /** Null if there was no clear answer. */
  readonly code: string | null;
  /** An earlier attempt may have reached the PS. */
  readonly mayHaveArrivedBefore: boolean;
}

/** The outcome of a debit at a bank's core; ABANDONED if the server has stopped asking for it. */
export interface DebitResult {
  readonly state: Exclude<DebitState, 'REQUESTED'>;
  readonly at: number;
}

const WAITING: readonly PaymentStatus[] = ['AWAITING_AMOUNT', 'AWAITING_CHECKOUT', 'AWAITING_CONFIRMATION'];

export function isWaiting({ status }: Pick<ModelPayment, 'status'>): boolean {
  return WAITING.includes(status);
}

/** The PS can still decide how the payment ends. */
export function isOpen({ status }: Pick<ModelPayment, 'status'>): boolean {
  return status === 'PROCESSING' || status === 'IN_DOUBT';
}

/** The debit is reversed or is being reversed. */
export function isGivenBack({ status }: Pick<ModelPayment, 'status'>): boolean {
  return status === 'REVERSING' || status === 'REVERSED';
}

/** The journal has a debit of the customer. */
export function isDebited({ debitedAt }: Pick<ModelPayment, 'debitedAt'>): boolean {
  return debitedAt !== null;
}

/** The payment was debited, or a bank's core may have debited it. */
export function isPaid({ debitedAt, debit }: Pick<ModelPayment, 'debitedAt' | 'debit'>): boolean {
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

export function change(payment: ModelPayment, what: Partial<ModelPayment>): ModelPayment {
  return Object.assign(payment, what);
}

export function shown({ status, amount }: ModelPayment): Expected {
  return { http: 200, status, amount };
}
