import type { CustomerId, Money } from '@mpp/kernel';
import type { EventType } from './event-types.js';
import { textsOf } from './texts.js';

/** Grows when `data` of any type changes in a way that could break who reads it. */
export const EVENT_VERSION = 1;

/** What has happened, as the feature that made it happen tells it. */
export interface NewEvent {
  readonly type: EventType;
  /** The payment's or the refund's id: operators search by it. */
  readonly subject: string;
  readonly customerId: CustomerId;
  readonly at: Date;
  /** For the texts; null where it is not known. */
  readonly amount: Money | null;
  /** For the texts; null where it is not known. */
  readonly merchant: string | null;
  /** What the gateway is told as it is, by the type's schema. */
  readonly data: object;
}

/** The body of the event, written once: every attempt sends it as it is, so that its signature can be checked. */
export function bodyOf({ type, at, customerId, amount, merchant, data }: NewEvent): string {
  return JSON.stringify({
    type,
    timestamp: at.toISOString(),
    version: EVENT_VERSION,
    customerId,
    data,
    texts: textsOf(type, amount, merchant),
  });
}
