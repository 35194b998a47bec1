import type { NewAlert } from '@mpp/alerts';
import { type CustomerId, type Due, type EscalationPercent, escalate } from '@mpp/kernel';

const KINDS = {
  50: 'REVERSAL_HALF_TIME',
  80: 'REVERSAL_SHORT_OF_TIME',
  100: 'REVERSAL_OVERDUE',
} as const satisfies Record<EscalationPercent, string>;

/** Alerts that are due for a reversal and were not raised yet. */
export function overdueAlerts(
  reversal: Due & { readonly subject: string; readonly customerId: CustomerId },
  now: Date,
): NewAlert[] {
  const { subject, customerId, dueAt } = reversal;
  return escalate(reversal, now).percents.map((percent) => ({
    kind: KINDS[percent],
    subject,
    customerId,
    details: { dueAt },
  }));
}
