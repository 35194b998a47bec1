import { addMilliseconds } from '@mpp/kernel';

const HOUR = 3_600_000;

/** When operators are alerted again about a payment in doubt, counted from the doubt. Source: R12. */
const STEPS = [
  { kind: 'PAYMENT_IN_DOUBT_1_HOUR', afterMs: HOUR },
  { kind: 'PAYMENT_IN_DOUBT_4_HOURS', afterMs: 4 * HOUR },
  { kind: 'PAYMENT_IN_DOUBT_24_HOURS', afterMs: 24 * HOUR },
] as const;

export type DoubtAlert = (typeof STEPS)[number]['kind'];

/** The alerts that are due about a payment that is in doubt since then, raised before or not. */
export function dueDoubtAlerts(since: Date, now: Date): DoubtAlert[] {
  return STEPS.filter(({ afterMs }) => addMilliseconds(since, afterMs) <= now).map(({ kind }) => kind);
}

/** A payment in doubt since this moment or earlier has an alert that is due. */
export function doubtAlertsDueBefore(now: Date): Date {
  return addMilliseconds(now, -STEPS[0].afterMs);
}
