import { isOwed, type RefundStatus } from './refund-status.js';

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
