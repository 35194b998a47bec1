import { type EscalationPercent, escalate } from '@mpp/kernel';
import { isOwed, type RefundStatus } from './refund-status.js';

/** The alerts about a refund that is not credited, by the percentage of its time that has passed. Source: R21. */
const ALERTS = { 50: 'REFUND_HALF_TIME', 80: 'REFUND_SHORT_OF_TIME', 100: 'REFUND_OVERDUE' } as const satisfies Record<
  EscalationPercent,
  string
>;

export type OverdueAlert = (typeof ALERTS)[EscalationPercent];

/** Milliseconds until the refund must be credited, below zero after that; null if it is not owed. */
export function timeLeftMs(refund: { status: RefundStatus; creditBy: Date | null }, now: Date): number | null {
  const { status, creditBy } = refund;
  return isOwed(status) && creditBy !== null ? creditBy.getTime() - now.getTime() : null;
}

/** A refund is overdue from the end of its hour until it is credited; also while it is in suspense. */
export function isOverdue(refund: { status: RefundStatus; creditBy: Date | null }, now: Date): boolean {
  const left = timeLeftMs(refund, now);
  return left !== null && left <= 0;
}

/** The alerts that are due and were not raised yet, and the time of the next one: null after the last. */
export function overdueAlerts(
  refund: { readonly createdAt: Date; readonly creditBy: Date; readonly nextEscalationAt: Date | null },
  now: Date,
): { kinds: OverdueAlert[]; nextEscalationAt: Date | null } {
  const { createdAt: since, creditBy: dueAt, nextEscalationAt } = refund;
  const due = escalate({ since, dueAt, nextEscalationAt }, now);
  return { kinds: due.percents.map((percent) => ALERTS[percent]), nextEscalationAt: due.nextEscalationAt };
}
