import { setTimeout as pause } from 'node:timers/promises';
import { Clock } from '@mpp/kernel';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { pauseAfter, type Refund } from '../domain/refund.js';
import { Store } from '../store/store.js';
import { RefundClient } from './refund-client.js';

/** What was done about a refund since the start. */
interface Effort {
  attempts: number;
  lastError: string | null;
}

/**
 * The PS's own retry (regulation 3.1, step 12): a refund is repeated until the participant has answered, over restarts,
 * without a last attempt.
 */
@Injectable()
export class RefundSender implements BeforeApplicationShutdown {
  private readonly efforts = new Map<string, Effort>();
  private readonly underWay = new Set<Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly call: RefundClient,
  ) {}

  /**
   * One after the other: the next is sent when the one before it was tried, and each is then repeated on its own. Resolves
   * when all are answered, or the simulator stops.
   */
  send(refunds: readonly Refund[]): Promise<void> {
    const work = this.sendInOrder(refunds).finally(() => this.underWay.delete(work));
    this.underWay.add(work);
    return work;
  }

  /** What an earlier run of the simulator left unanswered. */
  resume(): void {
    for (const refund of this.store.refunds.listUnanswered()) void this.send([refund]);
  }

  effortOf(refundId: string): Readonly<Effort> {
    return this.efforts.get(refundId) ?? { attempts: 0, lastError: null };
  }

  /** Before the store is closed: whoever has an answer by now writes it down. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.underWay);
  }

  private async sendInOrder(refunds: readonly Refund[]): Promise<void> {
    const repeated: Promise<void>[] = [];
    for (const refund of refunds) {
      if (!(await this.isAnswered(refund))) repeated.push(this.repeat(refund));
    }
    await Promise.all(repeated);
  }

  private async repeat(refund: Refund): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 1; !signal.aborted; failures += 1) {
      await pause(pauseAfter(failures), undefined, { signal }).catch(() => {});
      if (await this.isAnswered(refund)) return;
    }
  }

  /** One attempt, unless the simulator stops: then the next run asks. */
  private async isAnswered(refund: Refund): Promise<boolean> {
    const { signal } = this.stopping;
    if (signal.aborted) return false;
    const { refundId } = refund;
    const effort = { ...this.effortOf(refundId) };
    this.efforts.set(refundId, effort);
    effort.attempts += 1;
    try {
      const resultCode = await this.call.send(refund, signal);
      const at = this.clock.now().toISOString();
      // Where the disk is full it counts as no answer: the participant says the same again.
      this.store.record({ event: 'refund-answered', at, refundId, resultCode, attempts: effort.attempts });
      return true;
    } catch (error) {
      effort.lastError = wordsOf(error);
      return false;
    }
  }
}

/** The code of a connection that failed (ECONNREFUSED) says more than its message. */
function wordsOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'message' in error ? String(error.message) : String(error);
}
