import type { Tx } from '@mpp/platform';
import type { Births } from './births.js';
import type { Backoff } from './domain/backoff.js';
import type { OutboxMessage, OutboxMessageView } from './domain/message.js';

export interface Attempted<Payload, Result> {
  readonly message: OutboxMessage<Payload>;
  readonly result: Result;
  /** Its lease is over: a later attempt has begun, or has been settled. What this one heard may not be the last word. */
  readonly overtaken: boolean;
}

/** What becomes of a message after an attempt. */
export type Settlement =
  | { readonly kind: 'done' }
  | {
      readonly kind: 'retry';
      readonly error: string;
      /** The next attempt comes no later than that, however long the pause would be; at once where it is past. */
      readonly by?: Date;
      /** It waits for something that may never come: it gives up its deadline, and its turn before others. */
      readonly yields?: true;
    };

export interface Settled {
  /** One for each attempt, in order. */
  readonly settlements: readonly Settlement[];
  /** Run once, when all of it is committed. */
  readonly afterCommit: () => void;
}

/** How messages of one topic are delivered. A handler registers itself with the {@link Outbox}. */
export interface OutboxHandler<Payload = unknown, Result = unknown> {
  readonly topic: string;
  /** Attempts of one process at the same time. */
  readonly concurrency: number;
  /** The longest that an attempt takes. A claim lasts a little longer; then another process may try. */
  readonly attemptMs: number;
  readonly backoff: Backoff;
  /**
   * Of what is due, the message with the earliest deadline goes first, and those without one last. Otherwise the longest
   * due goes first.
   */
  readonly deadlineFirst?: boolean;

  /** Puts claimed attempts on record before they begin. What was claimed at birth is on record already. */
  begin(messages: readonly OutboxMessage<Payload>[]): Promise<void>;

  /** One attempt. No transaction is open. A rejection is a mistake of ours: it is logged, and the message repeated. */
  attempt(message: OutboxMessage<Payload>): Promise<Result>;

  /**
   * Writes what the attempts brought, no two of one key, in the transaction that also settles the messages. It may be run
   * again (40001). Messages that it writes itself are claimed by `births`, and dispatched after the commit.
   */
  settle(tx: Tx, attempts: readonly Attempted<Payload, Result>[], births: Births): Promise<Settled>;

  /**
   * A claimed message is given back before its attempt left: what {@link begin} put on record was not sent. Comes before
   * anybody else may claim it. A rejection is logged; the message is given back all the same.
   */
  unsent?(message: OutboxMessage<Payload>): Promise<void>;

  /**
   * Whether an operator may have the message delivered, or delivered again, now; read from the state of what it is about,
   * which is locked after the message. Where a handler does not say, waiting messages may and done ones may not. It may be
   * run again (40001).
   */
  mayRetry?(tx: Tx, message: OutboxMessageView<Payload>): Promise<boolean>;

  /**
   * Writes what it means that an operator has the message delivered, or delivered again, by whichever call; it is given the
   * message as it was. In the same transaction, which may be run again (40001).
   */
  retried?(tx: Tx, message: OutboxMessageView<Payload>): Promise<void>;
}
