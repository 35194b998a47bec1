import { addMilliseconds, type Clock } from '@mpp/kernel';
import type { Database, Tx } from '@mpp/platform';
import type { Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { pauseAfter } from './domain/backoff.js';
import type { OutboxMessage } from './domain/message.js';
import type { Attempted, OutboxHandler, Settled } from './handler.js';
import { claimDue, moveToDone, type Retry, scheduleRetries } from './persistence/messages.js';

export interface DrainReport {
  claimed: number;
  done: number;
  retried: number;
}

type Disposition = 'done' | 'retried';

interface Finished extends Attempted<unknown, unknown> {
  readonly disposed: (disposition: Disposition) => void;
}

const SETTLE_TOGETHER = 50;

/**
 * The deliveries of one topic in one process. Attempts run side by side up to the handler's bound; what they bring is
 * settled in sets: whatever has finished while one set is being written goes with the next, so that nobody waits for
 * a set to fill. Lanes do not share bounds: a slow topic holds up none but itself.
 */
export class Lane {
  private inFlight = 0;
  private finished: Finished[] = [];
  private settling: Promise<void> | null = null;
  private claiming: Promise<unknown> = Promise.resolve();
  private readonly running = new Set<Promise<Disposition>>();

  constructor(
    readonly handler: OutboxHandler,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {}

  get free(): number {
    return Math.max(0, this.handler.concurrency - this.inFlight);
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
      const started = await this.claim();
      if (started.length === 0 && this.free > 0) break;
      report.claimed += started.length;
      for (const run of started) void run.then((disposition) => report[disposition]++);
      if (this.free === 0) await Promise.race(this.running);
    }
    await this.idle();
    return report;
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

  release(): void {
    this.inFlight--;
  }

  /** Delivers one claimed message in the room that was kept for it. */
  runReserved(message: OutboxMessage<unknown>): Promise<Disposition> {
    const run = this.deliver(message).finally(() => {
      this.release();
      this.running.delete(run);
    });
    this.running.add(run);
    return run;
  }

  private async claimNow(): Promise<Promise<Disposition>[]> {
    const { topic, leaseMs } = this.handler;
    if (this.free === 0) return [];
    const now = this.clock.now();
    const messages = await claimDue(this.database, {
      topic,
      limit: this.free,
      lease: uuidv7(),
      now,
      leasedUntil: addMilliseconds(now, leaseMs),
    });
    if (messages.length === 0) return [];
    try {
      await this.handler.begin(messages);
    } catch (error) {
      this.log.error(`${topic}: ${messages.length} attempts could not be put on record: ${(error as Error).message}`);
      return messages.map((message) => this.putBack(message, error));
    }
    return messages.map((message) => {
      this.inFlight++;
      return this.runReserved(message);
    });
  }

  private async deliver(message: OutboxMessage<unknown>): Promise<Disposition> {
    try {
      const result = await this.handler.attempt(message);
      return await new Promise<Disposition>((disposed) => {
        this.finished.push({ message, result, disposed });
        this.settling ??= this.settleFinished().finally(() => {
          this.settling = null;
        });
      });
    } catch (error) {
      this.log.error(`${this.handler.topic} ${message.key}: ${(error as Error).stack}`);
      return this.putBack(message, error);
    }
  }

  private async settleFinished(): Promise<void> {
    while (this.finished.length > 0) {
      const set = this.finished.splice(0, SETTLE_TOGETHER);
      try {
        await this.settle(set);
      } catch (error) {
        if (set.length === 1) await this.giveUpForNow(set, error);
        else for (const one of set) await this.settle([one]).catch((alone: unknown) => this.giveUpForNow([one], alone));
      }
    }
  }

  private async settle(set: readonly Finished[]): Promise<void> {
    const { settlements, afterCommit } = await this.database.transaction((tx) => this.settleIn(tx, set));
    for (const [index, one] of set.entries()) one.disposed(settlements[index]?.kind === 'done' ? 'done' : 'retried');
    afterCommit();
  }

  private async settleIn(tx: Tx, set: readonly Finished[]): Promise<Settled> {
    const settled = await this.handler.settle(tx, set);
    const now = this.clock.now();
    const done: string[] = [];
    const retries: Retry[] = [];
    for (const [index, { message }] of set.entries()) {
      const settlement = settled.settlements[index];
      if (settlement === undefined)
        throw new Error(`${this.handler.topic} ${message.key}: the handler did not settle it`);
      if (settlement.kind === 'done') done.push(message.id);
      else retries.push(this.retry(message, now, settlement.error));
    }
    await moveToDone(tx, done, now);
    await scheduleRetries(tx, retries);
    return settled;
  }

  private async giveUpForNow(set: readonly Finished[], error: unknown): Promise<void> {
    for (const { message, disposed } of set) {
      this.log.error(`${this.handler.topic} ${message.key} could not be settled: ${(error as Error).stack}`);
      disposed(await this.putBack(message, error));
    }
  }

  /** Should this fail too, the lease runs out and the message is claimed again. */
  private async putBack(message: OutboxMessage<unknown>, error: unknown): Promise<Disposition> {
    const retry = this.retry(message, this.clock.now(), (error as Error).message);
    await scheduleRetries(this.database, [retry]).catch((failure: Error) =>
      this.log.error(`${this.handler.topic} ${message.key} keeps its lease: ${failure.message}`),
    );
    return 'retried';
  }

  private retry(message: OutboxMessage<unknown>, now: Date, error: string): Retry {
    const at = addMilliseconds(now, pauseAfter(message.attempts, this.handler.backoff));
    return { id: message.id, lease: message.lease, at, error };
  }
}
