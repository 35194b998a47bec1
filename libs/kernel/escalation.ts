import { addMilliseconds } from './clock.js';

/** When operators are alerted about money that is owed to a customer, in percent of its time. Source: R21. */
const STEPS = [
  { name: 'HALF_TIME', percent: 50 },
  { name: 'SHORT_OF_TIME', percent: 80 },
  { name: 'OVERDUE', percent: 100 },
] as const;

/** The kind of an alert about a refund or reversal, for example REFUND_OVERDUE. */
export type EscalationKind<Debt extends string> = `${Debt}_${(typeof STEPS)[number]['name']}`;

export interface Due {
  readonly since: Date;
  readonly dueAt: Date;
  /** When the next alert is due; null after the last. */
  readonly nextEscalationAt: Date | null;
}

export interface Escalation<Debt extends string> {
  readonly kinds: readonly EscalationKind<Debt>[];
  readonly nextEscalationAt: Date | null;
}

/**
 * When money that is owed to a customer must be on the account: a refund (R21), and a reversal by the same rule. `withinMs` is
 * REFUND_CREDIT_DEADLINE_MS.
 */
export function customerMoneyDeadline(
  since: Date,
  withinMs: number,
): { readonly dueAt: Date; readonly nextEscalationAt: Date } {
  const dueAt = addMilliseconds(since, withinMs);
  return { dueAt, nextEscalationAt: firstEscalation(since, dueAt) };
}

export function firstEscalation(since: Date, dueAt: Date): Date {
  return stepTime(STEPS[0].percent, since, dueAt);
}

/** The alerts that are due and were not raised yet, and when the next one is due. */
export function escalate<Debt extends string>(
  debt: Debt,
  { since, dueAt, nextEscalationAt }: Due,
  now: Date,
): Escalation<Debt> {
  if (nextEscalationAt === null) return { kinds: [], nextEscalationAt };
  const open = STEPS.map(({ name, percent }) => ({
    kind: `${debt}_${name}` as const,
    at: stepTime(percent, since, dueAt),
  })).filter(({ at }) => at >= nextEscalationAt);
  return {
    kinds: open.filter(({ at }) => at <= now).map(({ kind }) => kind),
    nextEscalationAt: open.find(({ at }) => at > now)?.at ?? null,
  };
}

function stepTime(percent: number, since: Date, dueAt: Date): Date {
  return addMilliseconds(since, Math.floor(((dueAt.getTime() - since.getTime()) * percent) / 100));
}
