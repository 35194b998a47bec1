import { addMilliseconds, type CustomerId } from '@mpp/kernel';
import type { EventType } from './event-types.js';

/** The topic of the outbox's messages; a message has the id of its notification. */
export const NOTIFICATION_TOPIC = 'notification';

export const NOTIFICATION_STATUSES = ['PENDING', 'DELIVERED', 'FAILED'] as const;
export type NotificationStatus = (typeof NOTIFICATION_STATUSES)[number];

export const ATTEMPT_OUTCOMES = ['DELIVERED', 'REFUSED', 'NO_ANSWER'] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

/** What came of one attempt. */
export type Delivery =
  | { readonly outcome: 'DELIVERED' | 'REFUSED'; readonly httpStatus: number }
  | { readonly outcome: 'NO_ANSWER'; readonly error: string };

/** An event as operators see it on its way to the gateway. */
export interface Notification {
  /** What the gateway knows as `webhook-id`. */
  readonly id: string;
  readonly type: EventType;
  readonly subject: string;
  readonly customerId: CustomerId;
  readonly status: NotificationStatus;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly createdAt: Date;
  /** The latest delivery; it stays while an operator has it sent again. */
  readonly deliveredAt: Date | null;
  /** Null where none comes. */
  readonly nextAttemptAt: Date | null;
}

export interface Attempt {
  readonly attempt: number;
  readonly startedAt: Date;
  /** Null where nobody wrote down how it ended: it may have arrived. */
  readonly finishedAt: Date | null;
  readonly outcome: AttemptOutcome | null;
  readonly httpStatus: number | null;
  readonly error: string | null;
}

/** Notifications that match all that is given. */
export interface NotificationFilter {
  readonly status?: NotificationStatus | undefined;
  readonly type?: EventType | undefined;
  readonly subject?: string | undefined;
  readonly customerId?: string | undefined;
}

/** In a few words. */
export function heard(delivery: Delivery): string {
  return delivery.outcome === 'NO_ANSWER' ? delivery.error : `HTTP ${delivery.httpStatus}`;
}

/** What becomes of a notification after an attempt. */
export type Verdict =
  | { readonly status: 'DELIVERED' }
  | { readonly status: 'FAILED'; readonly error: string }
  | { readonly status: 'PENDING'; readonly error: string; readonly by: Date };

/**
 * A failed attempt is repeated, and at the latest when the time to give up has come: the last attempt begins then, not
 * before, and none after it.
 */
export function verdictOn(delivery: Delivery, startedAt: Date, dueSince: Date, giveUpAfterMs: number): Verdict {
  if (delivery.outcome === 'DELIVERED') return { status: 'DELIVERED' };
  const error = heard(delivery);
  const lastAt = addMilliseconds(dueSince, giveUpAfterMs);
  return startedAt >= lastAt ? { status: 'FAILED', error } : { status: 'PENDING', error, by: lastAt };
}
