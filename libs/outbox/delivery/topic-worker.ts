import { addMilliseconds, type Clock } from '@mpp/kernel';
import type { ClockCheck, Database } from '@mpp/platform';
import type { Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { OutboxMessage } from '../domain/message.js';
import { claimDue } from '../persistence/messages.js';
import { BatchSettler } from './batch-settler.js';
import type { Disposition, OutboxHandler, TopicSettings } from './outbox-handler.js';

type DispositionKind = Disposition['kind'];

export interface DrainReport {
  claimed: number;
  done: number;
  retried: number;
}

/** Time to write an attempt's result before another process may try. */
const SETTLE_WITHIN_MS = 2000;
/** The clock of another process may be a little ahead, and a claim may wait for a connection after it has read the clock. */
const OTHERS_AHEAD_MS = 10_000;

/**
 * The deliveries of one topic in one process: attempts run side by side, as many as the handler allows. Topics share no
 * places: a slow topic delays no other.
 */
export class TopicWorker {
  private placesTaken = 0;
  private claiming: Promise<unknown> = Promise.resolve();
  private waitingForPlace: (() => void)[] = [];
  private readonly running = new Map<Promise<DispositionKind>, OutboxMessage<unknown>>();
  private readonly settler: BatchSettler;

  constructor(
    readonly handler: OutboxHandler,
    private readonly settings: TopicSettings,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly clocks: ClockCheck,
    private readonly log: Logger,
  ) {
    this.settler = new BatchSettler(handler, settings.backoff, database, clock, clocks, log);
  }

  get free(): number {
    return Math.max(0, this.settings.concurrency - this.placesTaken);
  }

  /** The end of a lease that begins now. */
  leaseFrom(now: Date): Date {
    return addMilliseconds(now, this.settings.attemptMs + SETTLE_WITHIN_MS);
  }

  /** No message is due later than after a lease and the longest pause, unless a wrong clock scheduled it. */
  misdatedAfter(now: Date): Date {
    return addMilliseconds(this.leaseFrom(now), this.settings.backoff.maxMs + OTHERS_AHEAD_MS);
  }

  /**
   * Claims due messages for the free places and starts their attempts, which it returns. Claims run one after the other: two
   * at once would use the same places. None are claimed while the clock is wrong: what is due is not known.
   */
  claim(): Promise<Promise<DispositionKind>[]> {
    const next = this.claiming.then(() => this.claimNow());
    this.claiming = next.catch(() => undefined);
    return next;
  }

  /** Claims and delivers until no message is due, and returns when all of them are settled. */
  async drain(): Promise<DrainReport> {
    const report: DrainReport = { claimed: 0, done: 0, retried: 0 };
    for (;;) {
      if (this.free === 0) await new Promise<void>((resolve) => this.waitingForPlace.push(resolve));
      const started = await this.claim();
      if (started.length === 0 && this.free > 0) break;
      report.claimed += started.length;
      for (const run of started) void run.then((kind) => report[kind === 'done' ? 'done' : 'retried']++);
    }
    await this.idle();
    return report;
  }

  get busy(): boolean {
    return this.running.size > 0;
  }

  /** Resolves when no attempt is under way. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running.keys());
  }

  /** Gives the leases of all attempts under way back, so that other processes repeat them now. */
  async leaveToOthers(): Promise<void> {
    await this.settler.leaveToOthers([...this.running.values()]);
  }

  /** Takes a place for one attempt; false if none is free. */
  takePlace(): boolean {
    if (this.free === 0) return false;
    this.placesTaken++;
    return true;
  }

  freePlaces(places = 1): void {
    this.placesTaken -= places;
    for (const resume of this.waitingForPlace.splice(0)) resume();
  }

  /** Delivers one claimed message in the place that was taken for it, and frees the place. */
  runInPlace(message: OutboxMessage<unknown>): Promise<DispositionKind> {
    const run = this.deliver(message).finally(() => {
      this.running.delete(run);
      this.freePlaces();
    });
    this.running.set(run, message);
    return run;
  }

  private async claimNow(): Promise<Promise<DispositionKind>[]> {
    const places = this.free;
    const now = this.clocks.agreedNow();
    if (places === 0 || now === null) return [];
    this.placesTaken += places;
    let messages: OutboxMessage<unknown>[] = [];
    try {
      messages = await claimDue(this.database, {
        topic: this.handler.topic,
        deadlineFirst: this.settings.deadlineFirst ?? false,
        limit: places,
        lease: uuidv7(),
        now,
        leasedUntil: this.leaseFrom(now),
        misdatedAfter: this.misdatedAfter(now),
      });
      if (messages.length > 0) await this.handler.recordAttempts?.(messages);
    } catch (error) {
      this.freePlaces(places);
      if (messages.length === 0) throw error;
      this.log.error(
        `${this.handler.topic}: ${messages.length} attempts could not be recorded: ${(error as Error).message}`,
      );
      return messages.map((message) => this.settler.giveBack(message, error));
    }
    this.freePlaces(places - messages.length);
    return messages.map((message) => this.runInPlace(message));
  }

  private async deliver(message: OutboxMessage<unknown>): Promise<DispositionKind> {
    // Between the claim and the attempt so much time may have passed that the lease ends during the attempt.
    const tooLate = this.clock.now() > addMilliseconds(message.leasedUntil, -this.settings.attemptMs);
    if (tooLate) return this.giveBackNotSent(message);
    try {
      return await this.settler.settle(message, await this.handler.attempt(message));
    } catch (error) {
      this.log.error(`${this.handler.topic} ${message.key}: ${(error as Error).stack}`);
      return this.settler.giveBack(message, error);
    }
  }

  private async giveBackNotSent(message: OutboxMessage<unknown>): Promise<DispositionKind> {
    const reason = new Error('too little of the lease is left for an attempt');
    this.log.error(`${this.handler.topic} ${message.key}: ${reason.message}`);
    try {
      await this.handler.recordNotSent?.(message);
    } catch (error) {
      this.log.error(`${this.handler.topic} ${message.key} stays recorded as sent: ${(error as Error).stack}`);
    }
    return this.settler.giveBack(message, reason);
  }
}
