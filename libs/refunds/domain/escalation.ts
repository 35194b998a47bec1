import { addMilliseconds } from '@mpp/kernel';

/** When operators hear of a refund that is still not credited, in percent of its time. Source: R21. */
const LEVELS = [
  { percent: 50, kind: 'REFUND_HALF_TIME' },
  { percent: 80, kind: 'REFUND_SHORT_OF_TIME' },
  { percent: 100, kind: 'REFUND_OVERDUE' },
] as const;

export type EscalationKind = (typeof LEVELS)[number]['kind'];

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

export function firstEscalation(createdAt: Date, creditBy: Date): Date {
  return momentOf(LEVELS[0].percent, createdAt, creditBy);
}

/** What is to be said now that has not been said, and when there is something to say again. */
export function escalate({ createdAt, creditBy, nextEscalationAt }: Timed, now: Date): Escalation {
  if (nextEscalationAt === null) return { kinds: [], nextEscalationAt };
  const unsaid = LEVELS.map(({ percent, kind }) => ({ kind, at: momentOf(percent, createdAt, creditBy) })).filter(
    ({ at }) => at >= nextEscalationAt,
  );
  return {
    kinds: unsaid.filter(({ at }) => at <= now).map(({ kind }) => kind),
    nextEscalationAt: unsaid.find(({ at }) => at > now)?.at ?? null,
  };
}

function momentOf(percent: number, createdAt: Date, creditBy: Date): Date {
  return addMilliseconds(createdAt, Math.floor(((creditBy.getTime() - createdAt.getTime()) * percent) / 100));
}
