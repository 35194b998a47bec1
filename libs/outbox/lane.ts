import { addMilliseconds, type Clock } from '@mpp/kernel';
import type { Database } from '@mpp/platform';
import type { Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { BirthPlace } from './births.js';
import type { OutboxMessage } from './domain/message.js';
import type { OutboxHandler } from './handler.js';
import { claimDue } from './persistence/messages.js';
import { type Disposition, Settler } from './settler.js';

export interface DrainReport {
  claimed: number;
  done: number;
  retried: number;
}

/** Time for writing down what an attempt brought, before anyone else may try. */
const SETTLE_WITHIN_MS = 2000;

/**
 * The deliveries of one topic in one process: attempts run side by side up to the handler's bound. Lanes do not share
 * bounds: a slow topic holds up none but itself.
 */
export class Lane {
  private inFlight = 0;
  private claiming: Promise<unknown> = Promise.resolve();
  private waitingForRoom: (() => void)[] = [];
  private readonly running = new Set<Promise<Disposition>>();
  private readonly settler: Settler;

  constructor(
    readonly handler: OutboxHandler,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly log: Logger,
    birthPlace: BirthPlace,
  ) {
    this.settler = new Settler(handler, database, clock, log, birthPlace);
  }

  get free(): number {
    return Math.max(0, this.handler.concurrency - this.inFlight);
  }

  /** How long a claim made now lasts. */
  leaseFrom(now: Date): Date {
    return addMilliseconds(now, this.handler.attemptMs + SETTLE_WITHIN_MS);
  }

  /**
   * Claims what is due and begins its attempts, as many as there is room for; returns them running. One claim at a
   * time: two at once would share the same room.
   */
  claim(): Promise<Promise<Disposition>[]> {
    const next = this.claiming.then(() => this.claimNow());
    this.claiming = next.catch(() => undefined);
    return next;
  }

  /** Claims and delivers until nothing more is due, and returns when all of it is settled. */
  async drain(): Promise<DrainReport> {
    const report: DrainReport = { claimed: 0, done: 0, retried: 0 };
    for (;;) {
      if (this.free === 0) await new Promise<void>((resolve) => this.waitingForRoom.push(resolve));
      const started = await this.claim();
      if (started.length === 0 && this.free > 0) break;
      report.claimed += started.length;
      for (const run of started) void run.then((disposition) => report[disposition]++);
    }
    await this.idle();
    return report;
  }

  get busy(): boolean {
    return this.running.size > 0;
  }

  /** Resolves when nothing is under way in this lane. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }

  /** Keeps room for one attempt; false where there is none. */
  reserve(): boolean {
    if (this.free === 0) return false;
    this.inFlight++;
    return true;
  }

  release(room = 1): void {
    this.inFlight -= room;
    for (const resume of this.waitingForRoom.splice(0)) resume();
  }

  /** Delivers one claimed message in the room that was kept for it. */
  runReserved(message: OutboxMessage<unknown>): Promise<Disposition> {
    const run = this.deliver(message).finally(() => {
      this.running.delete(run);
      this.release();
    });
    this.running.add(run);
    return run;
  }

  private async claimNow(): Promise<Promise<Disposition>[]> {
    const room = this.free;
    if (room === 0) return [];
    this.inFlight += room;
    let messages: OutboxMessage<unknown>[] = [];
    try {
      const { topic, deadlineFirst = false } = this.handler;
      const now = this.clock.now();
      messages = await claimDue(this.database, {
        topic,
        deadlineFirst,
        limit: room,
        lease: uuidv7(),
        now,
        leasedUntil: this.leaseFrom(now),
      });
      if (messages.length > 0) await this.handler.begin(messages);
    } catch (error) {
      this.release(room);
      if (messages.length === 0) throw error;
      this.log.error(
        `${this.handler.topic}: ${messages.length} attempts are not on record: ${(error as Error).message}`,
      );
      return messages.map((message) => this.settler.putBack(message, error));
    }
    this.release(room - messages.length);
    return messages.map((message) => this.runReserved(message));
  }

  private async deliver(message: OutboxMessage<unknown>): Promise<Disposition> {
    // It was claimed, and then something took so long that somebody else may be about to try.
    const tooLate = this.clock.now() > addMilliseconds(message.leasedUntil, -this.handler.attemptMs);
    if (tooLate) return this.giveBackUnsent(message);
    try {
      return await this.settler.settle(message, await this.handler.attempt(message));
    } catch (error) {
      this.log.error(`${this.handler.topic} ${message.key}: ${(error as Error).stack}`);
      return this.settler.putBack(message, error);
    }
  }

  private async giveBackUnsent(message: OutboxMessage<unknown>): Promise<Disposition> {
    const reason = new Error('its lease is too nearly over for an attempt');
    this.log.error(`${this.handler.topic} ${message.key}: ${reason.message}`);
    try {
      await this.handler.unsent?.(message);
    } catch (error) {
      this.log.error(`${this.handler.topic} ${message.key} is on record as if sent: ${(error as Error).stack}`);
    }
    return this.settler.putBack(message, reason);
  }
}
