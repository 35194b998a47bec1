import type { Tx } from '@mpp/platform';
import type { Backoff } from '../domain/backoff.js';
import type { OutboxMessage, OutboxMessageView } from '../domain/message.js';

export interface FinishedAttempt<Payload, Result> {
  readonly message: OutboxMessage<Payload>;
  readonly result: Result;
  /** The attempt no longer has the lease: a later attempt has begun or was settled, so this result may not be the latest. */
  readonly leaseLost: boolean;
}

/** What becomes of a message after an attempt. */
export type Disposition =
  | { readonly kind: 'done' }
  | {
      readonly kind: 'retry';
      readonly error: string;
      /** The latest time of the next attempt, however long the pause would be; if it is past, the attempt is due at once. */
      readonly by?: Date;
      /** The message waits for something that may never happen: it loses its deadline, so that others go first. */
      readonly yields?: true;
    };

/** How often and how many messages of a topic one process delivers. */
export interface TopicSettings {
  /** The most attempts that one process makes at the same time. */
  readonly concurrency: number;
  /** The longest that an attempt takes. A lease lasts a little longer; then another process may try. */
  readonly attemptMs: number;
  readonly backoff: Backoff;
  /** The message with the earliest deadline goes first and those without one last; otherwise the longest due goes first. */
  readonly deadlineFirst?: boolean;
}

/** Delivers the messages of one topic. A handler registers itself with the {@link Outbox}. */
export interface OutboxHandler<Payload = unknown, Result = unknown> {
  readonly topic: string;

  /** Records claimed attempts before they begin. The first attempt of a reserved message was recorded with the message. */
  recordAttempts?(messages: readonly OutboxMessage<Payload>[]): Promise<void>;

  /** One attempt. No transaction is open. A rejection is a programming error: it is logged and the message is retried. */
  attempt(message: OutboxMessage<Payload>): Promise<Result>;

  /**
   * Writes the results of attempts, no two of one key, in the transaction that also settles the messages, and returns a
   * disposition for each, in order. It may be run again (40001): everything outside the database goes into `tx.afterCommit`.
   */
  settle(tx: Tx, attempts: readonly FinishedAttempt<Payload, Result>[]): Promise<readonly Disposition[]>;

  /**
   * The result of an attempt whose real result cannot be recorded: as if there had been no answer. With it a message whose settling
   * fails repeatedly is settled all the same, so that what it is about does not stay undecided. Without this method it is only retried.
   */
  readonly unrecorded?: Result;

  /**
   * Records that an attempt was not made although {@link recordAttempts} recorded it. It runs before another process can claim
   * the message. A rejection is logged; the message is given back all the same.
   */
  recordNotSent?(message: OutboxMessage<Payload>): Promise<void>;

  /**
   * Whether an operator may retry the message now. The handler locks and reads what the message is about; the message is locked
   * already. Without this method waiting messages may be retried and done ones may not. It may be run again (40001).
   */
  canRetry?(tx: Tx, message: OutboxMessageView<Payload>): Promise<boolean>;

  /** Writes the consequences of an operator's retry, in its transaction, which may be run again (40001). */
  onRetry?(tx: Tx, message: OutboxMessageView<Payload>): Promise<void>;
}
