import { addMilliseconds, type CustomerId } from '@mpp/kernel';
import type { EventType } from './event-types.js';

/** The outbox topic; a message and its notification have the same id. */
export const NOTIFICATION_TOPIC = 'notification';

export const NOTIFICATION_STATUSES = ['PENDING', 'DELIVERED', 'FAILED'] as const;
export type NotificationStatus = (typeof NOTIFICATION_STATUSES)[number];

export const ATTEMPT_OUTCOMES = ['DELIVERED', 'REFUSED', 'NO_ANSWER'] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

/** The result of one attempt. */
export type Delivery =
  | { readonly outcome: 'DELIVERED' | 'REFUSED'; readonly httpStatus: number }
  | { readonly outcome: 'NO_ANSWER'; readonly error: string };

/** An event and its delivery to the gateway, as recorded. */
export interface NotificationRecord {
  /** The gateway's `webhook-id`. */
  readonly id: string;
  readonly type: EventType;
  readonly subject: string;
  readonly customerId: CustomerId;
  readonly status: NotificationStatus;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly createdAt: Date;
  /** The latest delivery; a resend does not clear it. */
  readonly deliveredAt: Date | null;
}

/** As operators see it. */
export interface Notification extends NotificationRecord {
  /** Null if no attempt is due. */
  readonly nextAttemptAt: Date | null;
}

export interface Attempt {
  readonly attempt: number;
  readonly startedAt: Date;
  /** Null while the attempt is under way, or if its process died: the event may have arrived. */
  readonly finishedAt: Date | null;
  readonly outcome: AttemptOutcome | null;
  readonly httpStatus: number | null;
  readonly error: string | null;
}

/** A property that is absent does not narrow. */
export interface NotificationFilter {
  readonly status?: NotificationStatus | undefined;
  readonly type?: EventType | undefined;
  readonly subject?: string | undefined;
  readonly customerId?: string | undefined;
}

export function deliveryText(delivery: Delivery): string {
  return delivery.outcome === 'NO_ANSWER' ? delivery.error : `HTTP ${delivery.httpStatus}`;
}

/** The notification's status after an attempt. PENDING: the next attempt starts no later than `by`. */
export type Verdict =
  | { readonly status: 'DELIVERED' }
  | { readonly status: 'FAILED'; readonly error: string }
  | { readonly status: 'PENDING'; readonly error: string; readonly by: Date };

/** A failed attempt is repeated until the time to give up. The last attempt starts at that time, not before. */
export function verdictOn(delivery: Delivery, startedAt: Date, dueSince: Date, giveUpAfterMs: number): Verdict {
  if (delivery.outcome === 'DELIVERED') return { status: 'DELIVERED' };
  const error = deliveryText(delivery);
  const lastAt = addMilliseconds(dueSince, giveUpAfterMs);
  return startedAt >= lastAt ? { status: 'FAILED', error } : { status: 'PENDING', error, by: lastAt };
}
