import { type Escalation, type EscalationKind, escalate } from '@mpp/kernel';
import { isOwed, type RefundStatus } from './refund-status.js';

export type RefundEscalationAlert = EscalationKind<'REFUND'>;

/** Milliseconds until the refund must be credited, below zero after that; null if it is not owed. Source: R21. */
export function timeLeftMs(refund: { status: RefundStatus; creditBy: Date | null }, now: Date): number | null {
  const { status, creditBy } = refund;
  return isOwed(status) && creditBy !== null ? creditBy.getTime() - now.getTime() : null;
}

/** A refund is overdue from the end of its hour until it is credited; also while it is in suspense. */
export function isOverdue(refund: { status: RefundStatus; creditBy: Date | null }, now: Date): boolean {
  const left = timeLeftMs(refund, now);
  return left !== null && left <= 0;
}

/** The alerts about the missing credit that are due and were not raised yet. */
export function dueRefundAlerts(
  refund: { readonly createdAt: Date; readonly creditBy: Date; readonly nextEscalationAt: Date | null },
  now: Date,
): Escalation<'REFUND'> {
  const { createdAt: since, creditBy: dueAt, nextEscalationAt } = refund;
  return escalate('REFUND', { since, dueAt, nextEscalationAt }, now);
}
