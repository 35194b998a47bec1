import type { NewAlert } from '@mpp/alerts';
import { type CustomerId, type Due, escalate } from '@mpp/kernel';

/** The alerts about a late reversal that are due and were not raised yet. */
export function dueReversalAlerts(
  reversal: Due & { readonly subject: string; readonly customerId: CustomerId },
  now: Date,
): NewAlert[] {
  const { subject, customerId, dueAt } = reversal;
  return escalate('REVERSAL', reversal, now).kinds.map((kind) => ({ kind, subject, customerId, details: { dueAt } }));
}
