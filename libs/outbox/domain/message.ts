/** A message to be written. */
export interface NewMessage<Payload = unknown> {
  readonly topic: string;
  /** The id of the payment, refund or event that the message is about; operators search by it. */
  readonly key: string;
  readonly payload: Payload;
  /** The message must be done by then; a topic with `deadlineFirst` delivers the earliest first. */
  readonly deadline?: Date;
}

/**
 * The right of the process that writes a message to make its first attempt. The lease goes into the statement that writes
 * the message.
 */
export interface OutboxReservation {
  /** The message's id. */
  readonly id: string;
  /** Null if this process has no free place: the message is due at once, for any process. */
  readonly lease: string | null;
  readonly nextAttemptAt: Date;
}

/** A message that was claimed for one attempt. */
export interface OutboxMessage<Payload> {
  readonly id: string;
  readonly key: string;
  readonly payload: Payload;
  /** Includes this attempt. */
  readonly attempts: number;
  /** Names the claim under which this attempt is made. */
  readonly lease: string;
  readonly leasedUntil: Date;
}

/** IN_FLIGHT: an attempt has the lease. A message whose lease has run out is WAITING. */
export const MESSAGE_STATUSES = ['WAITING', 'IN_FLIGHT', 'DONE'] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

/** A message as operators and other services see it. */
export interface OutboxMessageView<Payload = unknown> {
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  /** May hold personal data: no API shows it. */
  readonly payload: Payload;
  readonly status: MessageStatus;
  readonly attempts: number;
  /** The end of the lease if IN_FLIGHT; null if DONE. */
  readonly nextAttemptAt: Date | null;
  readonly lastError: string | null;
  readonly createdAt: Date;
  readonly doneAt: Date | null;
}

/** Messages that match every field that is given. */
export interface MessageFilter {
  readonly status?: MessageStatus | undefined;
  readonly topic?: string | undefined;
  readonly key?: string | undefined;
}

/** A message that no process can claim or settle until the transaction ends. */
export interface LockedMessage {
  readonly id: string;
  readonly attempts: number;
  /** It was claimed before it was locked: its attempt may be under way. */
  readonly inFlight: boolean;
}
