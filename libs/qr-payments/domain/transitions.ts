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

/** What can happen to a payment. */
export type PaymentEvent =
  /** Checkout named the price of a service. */
  | 'priced'
  /** An outside core was asked to debit; its answer is not known. */
  | 'debitRequested'
  /** The customer's money is in transit. */
  | 'debited'
  /** There was nothing to debit, or it was refused. */
  | 'declined'
  /** The customer went back. */
  | 'cancelled'
  /** Nobody confirmed in time. */
  | 'expired'
  /** The PS said SUCCESS, or it is known in another way that it did. */
  | 'confirmed'
  /** The PS has not answered clearly for too long (R12). */
  | 'doubted'
  /** An outside core was asked to give the money back. */
  | 'reversalAsked'
  /** The customer has the money back. */
  | 'reversed';

/**
 * Every way a payment can go; what is not here cannot happen. Read a line as: "a payment that awaits confirmation and is
 * debited is PROCESSING".
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
  DEBITING: { debited: 'PROCESSING', declined: 'DECLINED', reversalAsked: 'REVERSING' },
  PROCESSING: { confirmed: 'CONFIRMED', doubted: 'IN_DOUBT', reversalAsked: 'REVERSING', reversed: 'REVERSED' },
  IN_DOUBT: { confirmed: 'CONFIRMED', reversalAsked: 'REVERSING', reversed: 'REVERSED' },
  REVERSING: { reversed: 'REVERSED' },
  CONFIRMED: {},
  REVERSED: {},
  DECLINED: {},
  CANCELLED: {},
  EXPIRED: {},
};

/** The state after an event. A transition that the table lacks is a mistake of ours, and throws. */
export function statusAfter(status: PaymentStatus, event: PaymentEvent): PaymentStatus {
  const next = PAYMENT_TRANSITIONS[status][event];
  if (next === undefined) throw new Error(`a payment that is ${status} cannot be ${event}`);
  return next;
}

export function can(status: PaymentStatus, event: PaymentEvent): boolean {
  return PAYMENT_TRANSITIONS[status][event] !== undefined;
}

/** No event leads out of it. */
export function isFinal(status: PaymentStatus): boolean {
  return Object.keys(PAYMENT_TRANSITIONS[status]).length === 0;
}

/** The customer has not decided yet. */
export function isWaiting(status: PaymentStatus): boolean {
  return can(status, 'expired');
}
