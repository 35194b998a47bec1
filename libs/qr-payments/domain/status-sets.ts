import { PAYMENT_STATUSES, type PaymentStatus } from './transitions.js';

/** Where the money of a payment is. */
type MoneyPlace = 'with the customer' | 'being debited' | 'in transit' | 'being given back' | 'with Kaspi';

/** One line for every status. The sets below are derived from this table and passed to SQL. */
const MONEY_PLACE: Readonly<Record<PaymentStatus, MoneyPlace>> = {
  AWAITING_AMOUNT: 'with the customer',
  AWAITING_CHECKOUT: 'with the customer',
  AWAITING_CONFIRMATION: 'with the customer',
  DEBITING: 'being debited',
  PROCESSING: 'in transit',
  IN_DOUBT: 'in transit',
  REVERSING: 'being given back',
  CONFIRMED: 'with Kaspi',
  REVERSED: 'with the customer',
  DECLINED: 'with the customer',
  CANCELLED: 'with the customer',
  EXPIRED: 'with the customer',
};

/** Debited payments without an end: their money is in transit in the books, or in suspense (R41). */
export const OPEN_STATUSES = statusesWith('in transit', 'being given back');

/** The customer has the money, or gets it back: Kaspi must not have the purchase. */
export const CUSTOMER_HAS_MONEY_STATUSES = statusesWith('with the customer', 'being given back');

/** What the result of one customer's payment means to the other customers of its purchase (R33, R38). */
export type PurchaseState =
  /** No result has left, and no debit was requested. */
  | 'open'
  /** A customer pays or has paid it. */
  | 'paid'
  /** A closing result may have left, or the PS refused the purchase: nobody can pay it any more. */
  | 'closed';

/** The state of a purchase, by the status of its payment that has a result or a requested debit; null: there is none. */
export function purchaseStateBy(status: PaymentStatus | null): PurchaseState {
  if (status === null) return 'open';
  return CUSTOMER_HAS_MONEY_STATUSES.includes(status) ? 'closed' : 'paid';
}

function statusesWith(...places: readonly MoneyPlace[]): readonly PaymentStatus[] {
  return PAYMENT_STATUSES.filter((status) => places.includes(MONEY_PLACE[status]));
}
