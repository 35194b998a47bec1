import type { AccountId, CustomerId, KaspiPaymentId, Money, NotifyResult, PaymentId } from '@mpp/kernel';
import type { PaymentFailure } from './failure.js';
import type { FormValue, ServiceForm } from './service-form.js';
import { isWaiting, type PaymentEvent, type PaymentStatus, statusAfter } from './transitions.js';

/** The types of QR code that can be paid; a Refund QR makes no payment. */
export type PayableQrType = 'Dynamic' | 'Static' | 'Custom';

export interface PaymentMerchant {
  readonly id: string | null;
  readonly name: string | null;
  readonly mcc: string | null;
}

/** What settled a debited payment. */
export type SettledBy = 'KASPI' | 'OPERATOR' | 'REFUND' | 'REGISTRY' | 'DEADLINE';

/** An answer of the PS that does not fit the settled payment (R36). */
export interface Contradiction {
  readonly resultCode: string;
  readonly at: Date;
}

/** A customer's payment for a purchase. */
export interface Payment {
  readonly id: PaymentId;
  readonly kaspiPaymentId: KaspiPaymentId;
  readonly customerId: CustomerId;
  readonly qrCodeType: PayableQrType;
  readonly status: PaymentStatus;
  /** Incremented by every change; a write that expects another version does nothing. */
  readonly version: number;
  readonly amount: Money | null;
  /** The amount that the customer saw, if another customer's scan has changed it since (R43); else null. */
  readonly seenAmount: Money | null;
  readonly refundedAmount: Money;
  readonly accountId: AccountId | null;
  /** The PS's deadline; null if it named none (R8). */
  readonly confirmUntil: Date | null;
  /** The PS's last answer to a scan or checkout of this payment. */
  readonly answeredAt: Date;
  /** The last moment for a confirm (R16); null once the payment cannot be confirmed. */
  readonly expiresAt: Date | null;
  readonly merchant: PaymentMerchant | null;
  /** Custom only: the form as the PS sent it. */
  readonly service: ServiceForm | null;
  /** Custom only: the values sent with checkout; they never change (R37). */
  readonly formValues: readonly FormValue[] | null;
  readonly failure: PaymentFailure | null;
  /** The result for the PS, decided once (R35). */
  readonly notifyResult: NotifyResult | null;
  /** The request of the debit from an external core; null with the own ledger, and after a refusal. */
  readonly debitRequestedAt: Date | null;
  readonly debitedAt: Date | null;
  /** When the payment became IN_DOUBT; it stays after the doubt is resolved. */
  readonly doubtedAt: Date | null;
  readonly confirmedAt: Date | null;
  readonly settledBy: SettledBy | null;
  readonly contradiction: Contradiction | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A debited payment without an end: its money is in transit. */
export interface OpenPayment {
  readonly id: PaymentId;
  /** Tiyn. */
  readonly amount: bigint;
}

type Outcome = Partial<
  Pick<
    Payment,
    | 'amount'
    | 'accountId'
    | 'failure'
    | 'notifyResult'
    | 'debitRequestedAt'
    | 'debitedAt'
    | 'doubtedAt'
    | 'confirmedAt'
    | 'settledBy'
    | 'confirmUntil'
    | 'answeredAt'
    | 'expiresAt'
    | 'merchant'
    | 'refundedAmount'
  >
>;

/** The payment after an event, with the next version. Throws for a transition that is not in the table. */
export function transition(payment: Payment, event: PaymentEvent, at: Date, outcome: Outcome = {}): Payment {
  const status = statusAfter(payment.status, event);
  return {
    ...payment,
    expiresAt: isWaiting(status) ? payment.expiresAt : null,
    ...outcome,
    status,
    version: payment.version + 1,
    updatedAt: at,
  };
}
