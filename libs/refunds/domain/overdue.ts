import { type EscalationPercent, escalate as percentsDue } from '@mpp/kernel';

/** What operators hear of a refund that is still not credited. Source: R21. */
const KINDS = { 50: 'REFUND_HALF_TIME', 80: 'REFUND_SHORT_OF_TIME', 100: 'REFUND_OVERDUE' } as const satisfies Record<
  EscalationPercent,
  string
>;

export type EscalationKind = (typeof KINDS)[EscalationPercent];

interface Timed {
  readonly createdAt: Date;
  readonly creditBy: Date;
  readonly nextEscalationAt: Date | null;
}

export interface Escalation {
  readonly kinds: readonly EscalationKind[];
  /** Null after the last. */
  readonly nextEscalationAt: Date | null;
}

/** What is to be said now that has not been said, and when there is something to say again. */
export function escalate({ createdAt: since, creditBy: dueAt, nextEscalationAt }: Timed, now: Date): Escalation {
  const due = percentsDue({ since, dueAt, nextEscalationAt }, now);
  return { kinds: due.percents.map((percent) => KINDS[percent]), nextEscalationAt: due.nextEscalationAt };
}
