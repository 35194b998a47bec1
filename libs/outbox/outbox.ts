import { Settings } from '@mpp/config';
import { Clock, DomainError, UUID } from '@mpp/kernel';
import {
  BackgroundWork,
  ClockCheck,
  type CommitHooks,
  Database,
  Metrics,
  type Position,
  ReportDatabase,
  Stopping,
  type Tx,
  type Write,
} from '@mpp/platform';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { measureBacklog } from './backlog-metrics.js';
import type { OutboxHandler, TopicSettings } from './delivery/outbox-handler.js';
import { type DrainReport, TopicWorker } from './delivery/topic-worker.js';
import type {
  LockedMessage,
  MessageFilter,
  NewMessage,
  OutboxMessage,
  OutboxMessageView,
  OutboxReservation,
} from './domain/message.js';
import { insertMessage, moveToDone, selectDueTopics } from './persistence/messages.js';
import {
  findByIds,
  findByKey,
  lockAnywhere,
  lockWaiting,
  makeDue,
  returnToWaiting,
  selectMessages,
} from './persistence/operator-view.js';

/**
 * The transactional outbox. A message is written in the transaction that makes it due, and is delivered at least once: at
 * once by the process that wrote it, and again by any process that finds it due, until its handler disposes of it as done.
 * See docs/decisions/0003-outbox.md.
 */
@Injectable()
export class Outbox implements BeforeApplicationShutdown {
  private readonly log = new Logger('Outbox');
  private readonly workers = new Map<string, TopicWorker>();

  constructor(
    private readonly database: Database,
    private readonly reports: ReportDatabase,
    private readonly clock: Clock,
    private readonly clocks: ClockCheck,
    private readonly stopping: Stopping,
    settings: Settings,
    background: BackgroundWork,
    metrics: Metrics,
  ) {
    measureBacklog(metrics, this.workers, database, clock);
    background.register({
      name: 'outbox',
      everyMs: settings.OUTBOX_POLL_MS,
      work: () => this.claimDue(),
      log: this.log,
      fails: 'messages cannot be claimed',
      worksAgain: 'messages can be claimed again',
    });
  }

  register<Payload, Result>(handler: OutboxHandler<Payload, Result>, settings: TopicSettings): void {
    const { topic } = handler;
    if (this.workers.has(topic)) throw new Error(`the topic ${topic} has a handler already`);
    const worker = new TopicWorker(
      handler as OutboxHandler,
      settings,
      this.database,
      this.clock,
      this.clocks,
      this.log,
    );
    this.workers.set(topic, worker);
  }

  /** Claims no more messages, and waits until every attempt under way is settled. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.begin();
    const workers = [...this.workers.values()];
    // Settling a message of one topic may write and dispatch one of another topic.
    while (workers.some(({ busy }) => busy)) await Promise.all(workers.map((worker) => worker.idle()));
  }

  /** For a process that ends before its attempts do: others repeat them at once, and not only when their leases run out. */
  async leaveToOthers(): Promise<void> {
    await Promise.all([...this.workers.values()].map((worker) => worker.leaveToOthers()));
  }

  /** Delivers all messages that are due, waits until they are settled, and counts them. Tests call it. */
  async drainOnce(): Promise<DrainReport> {
    const reports = await Promise.all([...this.workers.values()].map((worker) => worker.drain()));
    const sum = (count: keyof DrainReport) => reports.reduce((total, report) => total + report[count], 0);
    return { claimed: sum('claimed'), done: sum('done'), retried: sum('retried') };
  }

  /**
   * Writes a message in the caller's transaction and reserves its first attempt, which this process starts after the commit.
   * The message exists if and only if the transaction commits.
   */
  async enqueueMessage<Payload>(tx: Write, message: NewMessage<Payload>): Promise<OutboxReservation> {
    const reservation = this.reserveAttempt(tx, message);
    await insertMessage(tx, message, reservation, this.clock.now());
    return reservation;
  }

  /**
   * Reserves the first attempt of a message that a statement of the caller writes. The attempt starts after the commit; on
   * rollback the place is released. If the process dies before the attempt, the message is claimed when its lease has run out. A process whose clock is
   * wrong leaves the message to others.
   */
  reserveAttempt<Payload>(tx: CommitHooks, { topic, key, payload }: NewMessage<Payload>): OutboxReservation {
    const worker = this.worker(topic);
    const now = this.clock.now();
    const id = uuidv7();
    if (this.stopping.begun || !this.clocks.agrees() || !worker.takePlace())
      return { id, lease: null, nextAttemptAt: now };
    const leasedUntil = worker.leaseFrom(now);
    const message: OutboxMessage<Payload> = { id, key, payload, attempts: 1, lease: uuidv7(), leasedUntil };
    tx.afterCommit(() => void worker.runInPlace(message));
    tx.onRollback(() => worker.freePlaces());
    return { id, lease: message.lease, nextAttemptAt: leasedUntil };
  }

  /** Waiting and done messages together, newest first, at most `limit`, after the position. */
  async listMessages(filter: MessageFilter, limit: number, after: Position | null): Promise<OutboxMessageView[]> {
    return selectMessages(this.reports, this.clock.now(), filter, limit, after?.id ?? null);
  }

  /** The messages of a key, waiting and done, oldest first. */
  async findByKey(key: string): Promise<OutboxMessageView[]> {
    return findByKey(this.database, this.clock.now(), key);
  }

  /** Those of the messages that are not done, by id. */
  async findWaiting(ids: readonly string[]): Promise<ReadonlyMap<string, OutboxMessageView>> {
    if (ids.length === 0) return new Map();
    const messages = await findByIds(this.database, this.clock.now(), ids);
    return new Map(messages.map((message) => [message.id, message]));
  }

  /**
   * Makes the message due, also a done one, and returns it. NOT_FOUND if it does not exist, STATE_CONFLICT if its handler
   * refuses. A message whose attempt is under way is returned unchanged. `within` writes in the same transaction, for example
   * an entry of the audit trail; it has the message as it was, and may be run again (40001).
   */
  async retryMessage(
    messageId: string,
    within: (tx: Tx, message: OutboxMessageView) => Promise<void> = async () => undefined,
  ): Promise<OutboxMessageView> {
    const id = messageId.toLowerCase();
    if (!UUID.test(id)) throw new DomainError('NOT_FOUND');
    return this.database.transaction(async (tx) => {
      // The message is locked before what it is about, see BatchSettler.
      const message = await lockAnywhere(tx, this.clock.now(), id);
      if (message === null) throw new DomainError('NOT_FOUND');
      if (message.status === 'IN_FLIGHT') return message;
      if (!(await this.canRetry(tx, message))) throw new DomainError('STATE_CONFLICT');
      const now = this.clock.now();
      if (message.status === 'DONE') await returnToWaiting(tx, now, id);
      else await makeDue(tx, now, id);
      await this.workers.get(message.topic)?.handler.onRetry?.(tx, message);
      await within(tx, message);
      const retried = await lockAnywhere(tx, now, id);
      if (retried === null) throw new Error(`message ${id} was locked and no longer exists`);
      return retried;
    });
  }

  /**
   * Locks the waiting message of this topic and key until the transaction ends, so that no process claims or settles it.
   * Null if there is none. Call it before locking what the message is about.
   */
  async lockMessage(tx: Tx, topic: string, key: string): Promise<LockedMessage | null> {
    return lockWaiting(tx, this.clock.now(), topic, key);
  }

  /** Moves a locked message to the done ones: it is not delivered any more. An attempt under way goes on. */
  async closeMessage(tx: Tx, id: string): Promise<void> {
    await moveToDone(tx, [id], this.clock.now());
  }

  /**
   * Claims due messages for the free places of all topics, and starts their attempts. One statement finds the topics that have
   * due messages, so that an idle process does not claim topic by topic.
   */
  private async claimDue(): Promise<void> {
    const now = this.clock.now();
    const topics = [...this.workers.values()]
      .filter(({ free }) => free > 0)
      .map((worker) => ({ topic: worker.handler.topic, misdatedAfter: worker.misdatedAfter(now) }));
    if (topics.length === 0) return;
    const due = await selectDueTopics(this.database, topics, now);
    await Promise.all(due.map((topic) => this.worker(topic).claim()));
  }

  private async canRetry(tx: Tx, message: OutboxMessageView): Promise<boolean> {
    const handler = this.workers.get(message.topic)?.handler;
    return handler?.canRetry === undefined ? message.status !== 'DONE' : handler.canRetry(tx, message);
  }

  private worker(topic: string): TopicWorker {
    const worker = this.workers.get(topic);
    if (worker === undefined) throw new Error(`the topic ${topic} has no handler`);
    return worker;
  }
}
