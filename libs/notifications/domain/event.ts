import type { CustomerId, Money } from '@mpp/kernel';
import type { EventType } from './event-types.js';
import { textsOf } from './texts.js';

/** Increases with a change of `data` that could break a reader. */
export const EVENT_VERSION = 1;

/** An event as a feature reports it. */
export interface NewEvent {
  readonly type: EventType;
  /** The payment's or the refund's id, for searches. */
  readonly subject: string;
  readonly customerId: CustomerId;
  readonly at: Date;
  /** For the texts; null if unknown. */
  readonly amount: Money | null;
  /** The shop's name, for the texts; null if unknown. */
  readonly merchant: string | null;
  /** Passed to the gateway unchanged, by the type's schema. */
  readonly data: object;
}

/** The body of the event, built once: every attempt sends the same bytes. */
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
