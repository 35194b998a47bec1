import { addMilliseconds, type Clock } from '@mpp/kernel';
import type { Database, Tx } from '@mpp/platform';
import type { Logger } from '@nestjs/common';
import { type BirthPlace, Births } from './births.js';
import { pauseAfter } from './domain/backoff.js';
import type { OutboxMessage } from './domain/message.js';
import type { Attempted, OutboxHandler, Settled } from './handler.js';
import { lockLeases, moveToDone, type Retry, scheduleRetries } from './persistence/messages.js';

export type Disposition = 'done' | 'retried';

interface Finished {
  readonly message: OutboxMessage<unknown>;
  readonly result: unknown;
  readonly disposed: (disposition: Disposition) => void;
}

const SETTLE_TOGETHER = 50;

/**
 * Settles what attempts brought, in sets: whatever has finished while one set is being written goes with the next, so
 * that nobody waits for a set to fill. A set never holds two attempts of one key: the second is to see what the first
 * one changed.
 */
export class Settler {
  private finished: Finished[] = [];
  private settling: Promise<void> | null = null;

  constructor(
    private readonly handler: OutboxHandler,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly log: Logger,
    private readonly birthPlace: BirthPlace,
  ) {}

  /** Resolves when it is written down what becomes of the message. */
  settle(message: OutboxMessage<unknown>, result: unknown): Promise<Disposition> {
    return new Promise((disposed) => {
      this.finished.push({ message, result, disposed });
      this.settling ??= this.settleFinished();
    });
  }

  /** Gives the lease back for a later attempt. Should that fail too, the lease runs out and the message is claimed again. */
  async putBack(message: OutboxMessage<unknown>, error: unknown): Promise<Disposition> {
    const retry = this.retry(message, this.clock.now(), (error as Error).message);
    await scheduleRetries(this.database, [retry]).catch((failure: Error) =>
      this.log.error(`${this.handler.topic} ${message.key} keeps its lease: ${failure.message}`),
    );
    return 'retried';
  }

  private async settleFinished(): Promise<void> {
    while (this.finished.length > 0) {
      const set = this.nextSet();
      try {
        await this.write(set);
      } catch (error) {
        if (set.length === 1) await this.giveUpForNow(set, error);
        else for (const one of set) await this.write([one]).catch((alone: unknown) => this.giveUpForNow([one], alone));
      }
    }
    // In the same breath as the look at the list: what finishes next begins a new round.
    this.settling = null;
  }

  private nextSet(): Finished[] {
    const keys = new Set<string>();
    const set: Finished[] = [];
    const later: Finished[] = [];
    for (const one of this.finished) {
      const fits = set.length < SETTLE_TOGETHER && !keys.has(one.message.key);
      (fits ? set : later).push(one);
      keys.add(one.message.key);
    }
    this.finished = later;
    return set;
  }

  private async write(set: readonly Finished[]): Promise<void> {
    const { settlements, afterCommit } = await this.commit(set);
    for (const [index, one] of set.entries()) one.disposed(settlements[index]?.kind === 'done' ? 'done' : 'retried');
    try {
      afterCommit();
    } catch (error) {
      this.log.error(`${this.handler.topic}: after the commit: ${(error as Error).stack}`);
    }
  }

  private async commit(set: readonly Finished[]): Promise<Settled> {
    const births = new Births(this.birthPlace);
    try {
      return await this.database.transaction((tx) => {
        births.abandonAll();
        return this.writeIn(tx, set, births);
      });
    } catch (error) {
      births.abandonAll();
      throw error;
    }
  }

  /** Messages are locked before what they are about, here and everywhere. */
  private async writeIn(tx: Tx, set: readonly Finished[], births: Births): Promise<Settled> {
    const ids = set.map(({ message }) => message.id);
    const leases = await lockLeases(tx, ids);
    const attempts: Attempted<unknown, unknown>[] = set.map(({ message, result }) => ({
      message,
      result,
      overtaken: leases.get(message.id) !== message.lease,
    }));
    const settled = await this.handler.settle(tx, attempts, births);
    const now = this.clock.now();
    const done: string[] = [];
    const retries: Retry[] = [];
    for (const [index, { message }] of set.entries()) {
      const settlement = settled.settlements[index];
      if (settlement === undefined) {
        throw new Error(`${this.handler.topic} ${message.key}: the handler did not settle it`);
      }
      if (settlement.kind === 'done') done.push(message.id);
      else retries.push({ ...this.retry(message, now, settlement.error, settlement.by), urgent: !settlement.yields });
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

  private retry(message: OutboxMessage<unknown>, now: Date, error: string, by?: Date): Retry {
    const paused = addMilliseconds(now, pauseAfter(message.attempts, this.handler.backoff));
    return {
      id: message.id,
      lease: message.lease,
      at: by !== undefined && by < paused ? by : paused,
      error,
      urgent: true,
    };
  }
}
