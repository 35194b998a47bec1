import { addMilliseconds } from '@mpp/kernel';

export interface DeadlineRules {
  /** How long before the PS's deadline the last confirm is accepted, so that its notify is sent in time. */
  readonly marginMs: number;
  /** The customer's time if the PS named no deadline. */
  readonly ttlMs: number;
}

/** The last moment at which a confirm is accepted, by the PS's last answer. Source: R16. */
export function lastMoment(confirmUntil: Date | null, answeredAt: Date, { marginMs, ttlMs }: DeadlineRules): Date {
  return confirmUntil === null ? addMilliseconds(answeredAt, ttlMs) : addMilliseconds(confirmUntil, -marginMs);
}
