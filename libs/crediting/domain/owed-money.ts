import {
  type AccountId,
  type CustomerId,
  type Due,
  type Escalation,
  type EscalationKind,
  escalate,
  type Money,
  type PaymentId,
} from '@mpp/kernel';

/** What the money is owed for: a refund of Kaspi, or a debit that is given back. */
export type Debt = 'REFUND' | 'REVERSAL';

/** Money that must be on an account of its customer in time. It is owed until it is credited, also in suspense. Source: R21, R41. */
export interface OwedMoney {
  /** Our id of the refund, or of the reversed payment: the reference in the journal, the outbox and the operations at a core. */
  readonly id: string;
  /** The payment that was debited. */
  readonly paymentId: PaymentId;
  readonly customerId: CustomerId;
  readonly amount: Money;
  /** The account that was debited: the first one to be credited. */
  readonly accountId: AccountId;
  readonly createdAt: Date;
  /** REFUND_CREDIT_DEADLINE_MS later. */
  readonly creditBy: Date;
  /** When the next alert about the missing credit is due; null after the last one. */
  readonly nextEscalationAt: Date | null;
  /** When no account of the customer took money; it stays. */
  readonly suspendedAt: Date | null;
  readonly creditedAt: Date | null;
  /** Null also if a refund was settled against a reversal (R19). */
  readonly creditedAccountId: AccountId | null;
}

/** The alerts about the missing credit that are due and were not raised yet. */
export function dueAlerts<Of extends Debt>(
  debt: Of,
  {
    createdAt: since,
    creditBy: dueAt,
    nextEscalationAt,
  }: Pick<OwedMoney, 'createdAt' | 'creditBy' | 'nextEscalationAt'>,
  now: Date,
): Escalation<Of> {
  const due: Due = { since, dueAt, nextEscalationAt };
  return escalate(debt, due, now);
}

export type DueAlert = EscalationKind<Debt>;
