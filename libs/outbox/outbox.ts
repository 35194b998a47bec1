import { Settings } from '@mpp/config';
import { Clock, DomainError, UUID } from '@mpp/kernel';
import { Database, Metrics, type Position, type Tx } from '@mpp/platform';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { v7 as uuidv7 } from 'uuid';
import { measureBacklog } from './backlog-metrics.js';
import type { Birth } from './births.js';
import type { HeldMessage, MessageFilter, OutboxMessage, OutboxMessageView } from './domain/message.js';
import type { OutboxHandler } from './handler.js';
import { type DrainReport, Lane } from './lane.js';
import { moveToDone } from './persistence/messages.js';
import {
  bringBack,
  holdWaiting,
  listMessages,
  lockMessage,
  makeDue,
  messagesOfKey,
  waitingMessages,
} from './persistence/operator-view.js';

/**
 * The transactional outbox. A message is written by `outbox_enqueue(…)` in the transaction that makes it due, and is
 * delivered at least once: at once by the process that wrote it, and again by whichever process finds it due, until its
 * handler says that it is done. See docs/decisions/0003-outbox.md.
 */
@Injectable()
export class Outbox implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger('Outbox');
  private readonly lanes = new Map<string, Lane>();
  private stopping = false;
  private claims = true;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly schedule: SchedulerRegistry,
    metrics: Metrics,
  ) {
    measureBacklog(metrics, this.lanes, database, clock);
  }

  register<Payload, Result>(handler: OutboxHandler<Payload, Result>): void {
    if (this.lanes.has(handler.topic)) throw new Error(`the topic ${handler.topic} has a handler already`);
    this.lanes.set(handler.topic, new Lane(handler as OutboxHandler, this.database, this.clock, this.log, this));
  }

  onApplicationBootstrap(): void {
    if (this.settings.OUTBOX_WORKER === 'off') return;
    this.schedule.addInterval(
      'outbox',
      setInterval(() => this.tick(), this.settings.OUTBOX_POLL_MS),
    );
  }

  /** Nothing new is claimed; what is under way is answered and settled first. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    if (this.schedule.doesExist('interval', 'outbox')) this.schedule.deleteInterval('outbox');
    const lanes = [...this.lanes.values()];
    // What is settled in one lane may just have been written, and left, in another one.
    while (lanes.some(({ busy }) => busy)) await Promise.all(lanes.map((lane) => lane.idle()));
  }

  /** Delivers all that is due now, waits until it is settled, and says what it did. Tests call it. */
  async drainOnce(): Promise<DrainReport> {
    const reports = await Promise.all([...this.lanes.values()].map((lane) => lane.drain()));
    const sum = (count: keyof DrainReport) => reports.reduce((total, report) => total + report[count], 0);
    return { claimed: sum('claimed'), done: sum('done'), retried: sum('retried') };
  }

  /**
   * Call before writing a message: it keeps room for the attempt. Call {@link dispatch} after the commit, or
   * {@link abandon} where nothing was written.
   */
  claimAtBirth(topic: string): Birth {
    const lane = this.lane(topic);
    const now = this.clock.now();
    const claimed = !this.stopping && lane.reserve();
    return {
      id: uuidv7(),
      lease: claimed ? uuidv7() : null,
      nextAttemptAt: claimed ? lane.leaseFrom(now) : now,
    };
  }

  /** Sends a message claimed at its birth, in the background. A death before it is sent only costs the lease's time. */
  dispatch<Payload>(topic: string, birth: Birth, key: string, payload: Payload): void {
    if (birth.lease === null) return;
    const { id, lease, nextAttemptAt: leasedUntil } = birth;
    const message: OutboxMessage<Payload> = { id, key, payload, attempts: 1, lease, leasedUntil };
    void this.lane(topic).runReserved(message);
  }

  /** Gives the room back that {@link claimAtBirth} kept. */
  abandon(topic: string, birth: Birth): void {
    if (birth.lease !== null) this.lane(topic).release();
  }

  /** Newest first, waiting and done together, at most `limit`, from behind the position on. */
  async list(filter: MessageFilter, limit: number, after: Position | null): Promise<OutboxMessageView[]> {
    return listMessages(this.database, this.clock.now(), filter, limit, after?.id ?? null);
  }

  /** Every message about this, waiting and done, oldest first. */
  async messagesOf(key: string): Promise<OutboxMessageView[]> {
    return messagesOfKey(this.database, this.clock.now(), key);
  }

  /** Of these messages those that wait or are being attempted, by their ids. */
  async waiting(ids: readonly string[]): Promise<ReadonlyMap<string, OutboxMessageView>> {
    if (ids.length === 0) return new Map();
    const messages = await waitingMessages(this.database, this.clock.now(), ids);
    return new Map(messages.map((message) => [message.id, message]));
  }

  /**
   * Has the message delivered, or delivered again, as soon as anyone has room, and returns it as it is then. NOT_FOUND for
   * one that never was, STATE_CONFLICT where its handler says no. One that is being attempted at this moment is returned as
   * it is, and nothing is done. What `within` writes, an entry in the audit trail for one, is written in the same
   * transaction; it is given the message as it was, and may be run again (40001).
   */
  async retry(
    messageId: string,
    within: (tx: Tx, message: OutboxMessageView) => Promise<void> = async () => undefined,
  ): Promise<OutboxMessageView> {
    const id = messageId.toLowerCase();
    if (!UUID.test(id)) throw new DomainError('NOT_FOUND');
    return this.database.transaction(async (tx) => {
      // First the message, then what it is about: here and everywhere, see Settler.
      const message = await lockMessage(tx, this.clock.now(), id);
      if (message === null) throw new DomainError('NOT_FOUND');
      if (message.status === 'IN_FLIGHT') return message;
      if (!(await this.mayRetry(tx, message))) throw new DomainError('STATE_CONFLICT');
      const now = this.clock.now();
      if (message.status === 'DONE') await bringBack(tx, now, id);
      else await makeDue(tx, now, id);
      await this.lanes.get(message.topic)?.handler.retried?.(tx, message);
      await within(tx, message);
      const retried = await lockMessage(tx, now, id);
      if (retried === null) throw new Error(`message ${id} was locked, and is gone`);
      return retried;
    });
  }

  /**
   * Locks the message that waits for this topic and key, until the transaction ends: nobody claims or settles it meanwhile.
   * Null where none waits. Call it before locking what the message is about.
   */
  async hold(tx: Tx, topic: string, key: string): Promise<HeldMessage | null> {
    return holdWaiting(tx, this.clock.now(), topic, key);
  }

  /** Puts a held message with those that are done: it is not delivered any more. An attempt under way is not called back. */
  async close(tx: Tx, id: string): Promise<void> {
    await moveToDone(tx, [id], this.clock.now());
  }

  /** Attempts under way never hold it up; a claim that fails is tried again at the next tick. */
  private tick(): void {
    for (const lane of this.lanes.values()) {
      if (lane.free > 0)
        lane.claim().then(
          () => this.claimWorked(true),
          (error: Error) => this.claimWorked(false, error),
        );
    }
  }

  /** One line when the database goes away and one when it is back, not four a second. */
  private claimWorked(works: boolean, error?: Error): void {
    if (works === this.claims) return;
    this.claims = works;
    if (works) this.log.log('messages can be claimed again');
    else this.log.error(`messages cannot be claimed: ${error?.message}`);
  }

  private async mayRetry(tx: Tx, message: OutboxMessageView): Promise<boolean> {
    const handler = this.lanes.get(message.topic)?.handler;
    return handler?.mayRetry === undefined ? message.status !== 'DONE' : handler.mayRetry(tx, message);
  }

  private lane(topic: string): Lane {
    const lane = this.lanes.get(topic);
    if (lane === undefined) throw new Error(`the topic ${topic} has no handler`);
    return lane;
  }
}
