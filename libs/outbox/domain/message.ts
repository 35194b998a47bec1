export interface OutboxMessage<Payload> {
  readonly id: string;
  /** What the message is about, a payment's id for one: operators search by it. */
  readonly key: string;
  readonly payload: Payload;
  /** Counts the one under way: it was on record before the attempt began. */
  readonly attempts: number;
  /** Names the claim under which this attempt is made. */
  readonly lease: string;
  readonly leasedUntil: Date;
}

/** In flight while a claim holds: it is being attempted at this moment. A claim that is over leaves it waiting. */
export const MESSAGE_STATUSES = ['WAITING', 'IN_FLIGHT', 'DONE'] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

/** A message as operators and other services see it. */
export interface OutboxMessageView<Payload = unknown> {
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  /** May hold personal data: it is shown to nobody. */
  readonly payload: Payload;
  readonly status: MessageStatus;
  readonly attempts: number;
  /** While in flight: when the claim is over, and anyone may try. Null once done. */
  readonly nextAttemptAt: Date | null;
  readonly lastError: string | null;
  readonly createdAt: Date;
  readonly doneAt: Date | null;
}

/** Messages that match all that is given. */
export interface MessageFilter {
  readonly status?: MessageStatus | undefined;
  readonly topic?: string | undefined;
  readonly key?: string | undefined;
}

/** A message that nobody can claim or settle until the transaction that holds it ends. */
export interface HeldMessage {
  readonly id: string;
  readonly attempts: number;
  /** It was claimed before it was held: its attempt may be under way, and may reach the other side. */
  readonly inFlight: boolean;
}
