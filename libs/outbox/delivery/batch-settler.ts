import { addMilliseconds, type Clock } from '@mpp/kernel';
import type { ClockCheck, Database, Tx } from '@mpp/platform';
import type { Logger } from '@nestjs/common';
import { type Backoff, pauseAfter } from '../domain/backoff.js';
import type { OutboxMessage } from '../domain/message.js';
import { lockLeases, moveToDone, type Retry, scheduleRetries } from '../persistence/messages.js';
import type { Disposition, OutboxHandler } from './outbox-handler.js';

type DispositionKind = Disposition['kind'];

interface Finished {
  readonly message: OutboxMessage<unknown>;
  readonly result: unknown;
  readonly settled: (kind: DispositionKind) => void;
}

const MAX_BATCH = 50;
/** From this attempt on, a result that cannot be recorded counts as none: two failures can have a passing cause. */
const UNRECORDED_FROM = 3;

/**
 * Settles finished attempts in batches, one transaction each. Attempts that finish while a batch is written form the next
 * one, so that no attempt waits for a batch to fill. A batch never has two attempts of one key: the second must see what the
 * first one wrote.
 */
export class BatchSettler {
  private finished: Finished[] = [];
  private settling: Promise<void> | null = null;

  constructor(
    private readonly handler: OutboxHandler,
    private readonly backoff: Backoff,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly clocks: ClockCheck,
    private readonly log: Logger,
  ) {}

  /** Resolves when the message's disposition is written. */
  settle(message: OutboxMessage<unknown>, result: unknown): Promise<DispositionKind> {
    return new Promise((settled) => {
      this.finished.push({ message, result, settled });
      this.settling ??= this.settleFinished();
    });
  }

  /** Gives the lease back for a later attempt. If that fails too, the lease runs out and the message is claimed again. */
  async giveBack(message: OutboxMessage<unknown>, error: unknown): Promise<DispositionKind> {
    const retry = this.retry(message, this.clock.now(), (error as Error).message);
    await scheduleRetries(this.database, [retry]).catch((failure: Error) =>
      this.log.error(`${this.handler.topic} ${message.key} holds its lease until it ends: ${failure.message}`),
    );
    return 'retry';
  }

  /** Gives the leases back for attempts of other processes now. What their own attempts bring is not settled any more. */
  async leaveToOthers(messages: readonly OutboxMessage<unknown>[]): Promise<void> {
    const at = this.clock.now();
    const retries = messages.map(({ id, lease }) => ({
      id,
      lease,
      at,
      error: 'the process stopped',
      keepsDeadline: true,
    }));
    await scheduleRetries(this.database, retries);
  }

  private async settleFinished(): Promise<void> {
    while (this.finished.length > 0) {
      const batch = this.nextBatch();
      try {
        await this.write(batch);
      } catch (error) {
        if (batch.length === 1) await this.giveBackAll(batch, error);
        else for (const one of batch) await this.write([one]).catch((alone: unknown) => this.giveBackAll([one], alone));
      }
    }
    // No await since the list was found empty: an attempt that finishes next starts a new run.
    this.settling = null;
  }

  private nextBatch(): Finished[] {
    const keys = new Set<string>();
    const batch: Finished[] = [];
    const later: Finished[] = [];
    for (const one of this.finished) {
      const fits = batch.length < MAX_BATCH && !keys.has(one.message.key);
      (fits ? batch : later).push(one);
      keys.add(one.message.key);
    }
    this.finished = later;
    return batch;
  }

  private async write(batch: readonly Finished[]): Promise<void> {
    const dispositions = await this.database.transaction((tx) => this.writeIn(tx, batch));
    for (const [index, { settled }] of batch.entries()) settled(dispositions[index]?.kind ?? 'retry');
  }

  /** Messages are locked before the payments or refunds that they are about, in every transaction of the server. */
  private async writeIn(tx: Tx, batch: readonly Finished[]): Promise<readonly Disposition[]> {
    const ids = batch.map(({ message }) => message.id);
    const leases = await lockLeases(tx, ids);
    const attempts = batch.map(({ message, result }) => ({
      message,
      result,
      leaseLost: leases.get(message.id) !== message.lease,
    }));
    const dispositions = await this.handler.settle(tx, attempts);
    const now = this.clock.now();
    const done: string[] = [];
    const retries: Retry[] = [];
    for (const [index, { message }] of batch.entries()) {
      const disposition = dispositions[index];
      if (disposition === undefined) {
        throw new Error(`${this.handler.topic} ${message.key}: the handler returned no disposition`);
      }
      if (disposition.kind === 'done') done.push(message.id);
      else {
        const { error, by, yields } = disposition;
        retries.push({ ...this.retry(message, now, error, by), keepsDeadline: !yields });
      }
    }
    await moveToDone(tx, done, now);
    await scheduleRetries(tx, retries);
    // After the handler has read the clock for the last time.
    if (!this.clocks.agrees()) throw new Error('the clock of this process is wrong');
    return dispositions;
  }

  private async giveBackAll(batch: readonly Finished[], error: unknown): Promise<void> {
    for (const one of batch) {
      const { message, settled } = one;
      this.log.error(`${this.handler.topic} ${message.key} could not be settled: ${(error as Error).stack}`);
      if (!(await this.settleUnrecorded(one))) settled(await this.giveBack(message, error));
    }
  }

  private async settleUnrecorded(one: Finished): Promise<boolean> {
    const { unrecorded } = this.handler;
    if (unrecorded === undefined || one.message.attempts < UNRECORDED_FROM) return false;
    return this.write([{ ...one, result: unrecorded }]).then(
      () => true,
      () => false,
    );
  }

  private retry(message: OutboxMessage<unknown>, now: Date, error: string, by?: Date): Retry {
    const paused = addMilliseconds(now, pauseAfter(message.attempts, this.backoff));
    return {
      id: message.id,
      lease: message.lease,
      at: by !== undefined && by < paused ? by : paused,
      error,
      keepsDeadline: true,
    };
  }
}
