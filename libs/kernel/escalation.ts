import { addMilliseconds } from './clock.js';

/** When operators hear of what we owe a customer and have not given yet, in percent of its time. Source: R21. */
export const ESCALATION_PERCENTS = [50, 80, 100] as const;
export type EscalationPercent = (typeof ESCALATION_PERCENTS)[number];

/** What is due, from when until when, and when there is something to say next: null after the last. */
export interface Due {
  readonly since: Date;
  readonly dueAt: Date;
  readonly nextEscalationAt: Date | null;
}

export interface Escalation {
  readonly percents: readonly EscalationPercent[];
  readonly nextEscalationAt: Date | null;
}

export function firstEscalation(since: Date, dueAt: Date): Date {
  return momentOf(ESCALATION_PERCENTS[0], since, dueAt);
}

/** What is to be said now that has not been said, and when there is something to say again. */
export function escalate({ since, dueAt, nextEscalationAt }: Due, now: Date): Escalation {
  if (nextEscalationAt === null) return { percents: [], nextEscalationAt };
  const unsaid = ESCALATION_PERCENTS.map((percent) => ({ percent, at: momentOf(percent, since, dueAt) })).filter(
    ({ at }) => at >= nextEscalationAt,
  );
  return {
    percents: unsaid.filter(({ at }) => at <= now).map(({ percent }) => percent),
    nextEscalationAt: unsaid.find(({ at }) => at > now)?.at ?? null,
  };
}

function momentOf(percent: number, since: Date, dueAt: Date): Date {
  return addMilliseconds(since, Math.floor(((dueAt.getTime() - since.getTime()) * percent) / 100));
}
