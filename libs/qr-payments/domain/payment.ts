import type { AccountId, CustomerId, KaspiPaymentId, Money, NotifyResult, PaymentId } from '@mpp/kernel';
import { type PaymentEvent, type PaymentStatus, statusAfter } from './transitions.js';

/** What the PS can be paid by; a Refund QR makes no payment. */
export type PayableQrType = 'Dynamic' | 'Static' | 'Custom';

export interface PaymentMerchant {
  readonly id: string | null;
  readonly name: string | null;
  readonly mcc: string | null;
}

/** Why a payment ended without a purchase. */
export type FailureCode = 'INSUFFICIENT_FUNDS' | 'CONFIRMED_TOO_LATE' | 'KASPI_REFUSED';

export interface PaymentFailure {
  readonly code: FailureCode;
  /** The PS's own code, where the PS refused. */
  readonly kaspiResultCode: string | null;
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
  readonly merchant: PaymentMerchant | null;
  readonly failure: PaymentFailure | null;
  /** What the PS is told, decided once (R35). */
  readonly notifyResult: NotifyResult | null;
  readonly debitedAt: Date | null;
  readonly confirmedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

type Outcome = Partial<Pick<Payment, 'accountId' | 'failure' | 'notifyResult' | 'debitedAt' | 'confirmedAt'>>;

/** The payment after an event, one version on. Throws where the transition table lacks it. */
export function moved(payment: Payment, event: PaymentEvent, at: Date, outcome: Outcome = {}): Payment {
  return {
    ...payment,
    ...outcome,
    status: statusAfter(payment.status, event),
    version: payment.version + 1,
    updatedAt: at,
  };
}
