import type { AccountId, CustomerId, KaspiPaymentId, Money, NotifyResult, PaymentId } from '@mpp/kernel';
import type { PaymentFailure } from './failure.js';
import type { FormValue, ServiceForm } from './service-form.js';
import { isWaiting, type PaymentEvent, type PaymentStatus, statusAfter } from './transitions.js';

/** What the PS can be paid by; a Refund QR makes no payment. */
export type PayableQrType = 'Dynamic' | 'Static' | 'Custom';

export interface PaymentMerchant {
  readonly id: string | null;
  readonly name: string | null;
  readonly mcc: string | null;
}

/** Who said how a debited payment ended. */
export type SettledBy = 'KASPI' | 'OPERATOR' | 'REFUND' | 'REGISTRY' | 'DEADLINE';

/** What the PS said after the payment had been settled otherwise (R36). */
export interface Contradiction {
  readonly resultCode: string;
  readonly at: Date;
}

/** One customer's payment of one purchase. */
export interface Payment {
  readonly id: PaymentId;
  readonly kaspiPaymentId: KaspiPaymentId;
  readonly customerId: CustomerId;
  readonly qrCodeType: PayableQrType;
  readonly status: PaymentStatus;
  /** Grows with every change; a write that expects another one does nothing. */
  readonly version: number;
  readonly amount: Money | null;
  readonly refundedAmount: Money;
  readonly accountId: AccountId | null;
  /** The PS's deadline, null where none is known (R8). */
  readonly confirmUntil: Date | null;
  /** When the PS last answered for this payment. */
  readonly answeredAt: Date;
  /** The last moment at which a confirm is taken (R16); null once the payment waits for none. */
  readonly expiresAt: Date | null;
  readonly merchant: PaymentMerchant | null;
  /** Custom only: the form as the PS sent it. */
  readonly service: ServiceForm | null;
  /** Custom only: what checkout was asked with; it never changes again (R37). */
  readonly formValues: readonly FormValue[] | null;
  readonly failure: PaymentFailure | null;
  /** What the PS is told, decided once (R35). */
  readonly notifyResult: NotifyResult | null;
  /** When an outside core was asked to debit; null with the own ledger, and where the core refused. */
  readonly debitRequestedAt: Date | null;
  readonly debitedAt: Date | null;
  /** When it became IN_DOUBT; it stays when the doubt is over. */
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

/** The payment after an event, one version on. Throws where the transition table lacks it. */
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
