import { addMilliseconds } from '@mpp/kernel';

export interface DeadlineRules {
  /** How long before the PS's deadline a confirm must come, so that its notify can leave in time. */
  readonly marginMs: number;
  /** The customer's time where the PS named no deadline. */
  readonly ttlMs: number;
}

/** The last moment at which a confirm is taken, by what the PS said last. Source: R16. */
export function lastMoment(confirmUntil: Date | null, answeredAt: Date, { marginMs, ttlMs }: DeadlineRules): Date {
  return confirmUntil === null ? addMilliseconds(answeredAt, ttlMs) : addMilliseconds(confirmUntil, -marginMs);
}
