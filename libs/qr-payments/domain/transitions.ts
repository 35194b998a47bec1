/** The states of a payment, as the app sees them (contract, status table). */
export const PAYMENT_STATUSES = [
  'AWAITING_AMOUNT',
  'AWAITING_CHECKOUT',
  'AWAITING_CONFIRMATION',
  'DEBITING',
  'PROCESSING',
  'IN_DOUBT',
  'REVERSING',
  'CONFIRMED',
  'REVERSED',
  'DECLINED',
  'CANCELLED',
  'EXPIRED',
] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/** Events that change the status of a payment. */
export type PaymentEvent =
  /** Checkout answered the price of a service. */
  | 'priced'
  /** The debit was requested from an external core; its outcome is unknown. */
  | 'debitRequested'
  /** The customer's money is in transit. */
  | 'debited'
  /** The balance is too low, a limit is exceeded, or the core refused. */
  | 'declined'
  /** The customer cancelled. */
  | 'cancelled'
  /** The customer did not confirm in time. */
  | 'expired'
  /** The PS answered SUCCESS, or a refund, a registry or an operator confirmed it. */
  | 'confirmed'
  /** No clear answer of the PS for too long (R12). */
  | 'doubted'
  /** The reversal was requested from an external core. */
  | 'reversalRequested'
  /** The customer has the money back. */
  | 'reversed';

/**
 * All allowed transitions; others throw. Read a line as: "a payment that is AWAITING_CONFIRMATION and is debited becomes
 * PROCESSING".
 */
export const PAYMENT_TRANSITIONS: Readonly<
  Record<PaymentStatus, Readonly<Partial<Record<PaymentEvent, PaymentStatus>>>>
> = {
  AWAITING_AMOUNT: {
    debitRequested: 'DEBITING',
    debited: 'PROCESSING',
    declined: 'DECLINED',
    cancelled: 'CANCELLED',
    expired: 'EXPIRED',
  },
  AWAITING_CHECKOUT: { priced: 'AWAITING_CONFIRMATION', cancelled: 'CANCELLED', expired: 'EXPIRED' },
  AWAITING_CONFIRMATION: {
    debitRequested: 'DEBITING',
    debited: 'PROCESSING',
    declined: 'DECLINED',
    cancelled: 'CANCELLED',
    expired: 'EXPIRED',
  },
  DEBITING: { debited: 'PROCESSING', declined: 'DECLINED', reversalRequested: 'REVERSING' },
  PROCESSING: { confirmed: 'CONFIRMED', doubted: 'IN_DOUBT', reversalRequested: 'REVERSING', reversed: 'REVERSED' },
  IN_DOUBT: { confirmed: 'CONFIRMED', reversalRequested: 'REVERSING', reversed: 'REVERSED' },
  REVERSING: { reversed: 'REVERSED' },
  CONFIRMED: {},
  REVERSED: {},
  DECLINED: {},
  CANCELLED: {},
  EXPIRED: {},
};

/** The status after an event. Throws for a transition that is not in the table. */
export function statusAfter(status: PaymentStatus, event: PaymentEvent): PaymentStatus {
  const next = PAYMENT_TRANSITIONS[status][event];
  if (next === undefined) throw new Error(`a payment that is ${status} cannot be ${event}`);
  return next;
}

export function can(status: PaymentStatus, event: PaymentEvent): boolean {
  return PAYMENT_TRANSITIONS[status][event] !== undefined;
}

/** No event changes a final status. */
export function isFinal(status: PaymentStatus): boolean {
  return Object.keys(PAYMENT_TRANSITIONS[status]).length === 0;
}

/** The payment waits for the customer. */
export function isWaiting(status: PaymentStatus): boolean {
  return can(status, 'expired');
}
