import { Settings } from '@mpp/config';
import { Clock } from '@mpp/kernel';
import { Database, Metrics } from '@mpp/platform';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { v7 as uuidv7 } from 'uuid';
import { measureBacklog } from './backlog-metrics.js';
import type { OutboxMessage } from './domain/message.js';
import type { OutboxHandler } from './handler.js';
import { type DrainReport, Lane } from './lane.js';

/** The claim of a message by the process that writes it. The lease goes into the same statement as the message. */
export interface Birth {
  readonly id: string;
  /** Null where this process has no room: the message is born due at once, for whoever claims it. */
  readonly lease: string | null;
  readonly nextAttemptAt: Date;
}

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
    measureBacklog(metrics.registry, this.lanes, database, clock);
  }

  register<Payload, Result>(handler: OutboxHandler<Payload, Result>): void {
    if (this.lanes.has(handler.topic)) throw new Error(`the topic ${handler.topic} has a handler already`);
    this.lanes.set(handler.topic, new Lane(handler as OutboxHandler, this.database, this.clock, this.log));
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
    await Promise.all([...this.lanes.values()].map((lane) => lane.idle()));
  }

  /** Delivers all that is due now, waits until it is settled, and says what it did. Tests and operators call it. */
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

  private lane(topic: string): Lane {
    const lane = this.lanes.get(topic);
    if (lane === undefined) throw new Error(`the topic ${topic} has no handler`);
    return lane;
  }
}
