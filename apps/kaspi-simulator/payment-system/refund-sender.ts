import { setTimeout as pause } from 'node:timers/promises';
import { Clock } from '@mpp/kernel';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { pauseAfter, type Refund } from '../domain/refund.js';
import { Store } from '../store/store.js';
import { RefundClient } from './refund-client.js';

/** The attempts for a refund since the start of the simulator. */
interface Attempts {
  count: number;
  lastError: string | null;
}

/** Repeats each refund until the participant answers, also after a restart, without a last attempt (regulation 3.1, step 12). */
@Injectable()
export class RefundSender implements BeforeApplicationShutdown {
  private readonly attempts = new Map<string, Attempts>();
  private readonly running = new Set<Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly client: RefundClient,
  ) {}

  /**
   * Makes the first attempts one after the other; unanswered refunds are then repeated independently. Resolves when all are
   * answered, or the simulator stops.
   */
  sendRefunds(refunds: readonly Refund[]): Promise<void> {
    const work = this.sendInOrder(refunds).finally(() => this.running.delete(work));
    this.running.add(work);
    return work;
  }

  /** Sends the refunds that are unanswered since an earlier run. */
  resumeRefunds(): void {
    for (const refund of this.store.refunds.listUnanswered()) void this.sendRefunds([refund]);
  }

  attemptsOf(refundId: string): Readonly<Attempts> {
    return this.attempts.get(refundId) ?? { count: 0, lastError: null };
  }

  /** Runs before the store is closed, so that answers that have arrived are stored. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.running);
  }

  private async sendInOrder(refunds: readonly Refund[]): Promise<void> {
    const repeated: Promise<void>[] = [];
    for (const refund of refunds) {
      if (!(await this.attempt(refund))) repeated.push(this.repeat(refund));
    }
    await Promise.all(repeated);
  }

  private async repeat(refund: Refund): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 1; !signal.aborted; failures += 1) {
      await pause(pauseAfter(failures), undefined, { signal }).catch(() => {});
      if (await this.attempt(refund)) return;
    }
  }

  /** Makes one attempt, unless the simulator stops. Returns whether the participant answered. */
  private async attempt(refund: Refund): Promise<boolean> {
    const { signal } = this.stopping;
    if (signal.aborted) return false;
    const { refundId } = refund;
    const attempts = { ...this.attemptsOf(refundId) };
    this.attempts.set(refundId, attempts);
    attempts.count += 1;
    try {
      const resultCode = await this.client.sendRefund(refund, signal);
      const at = this.clock.now().toISOString();
      // If the disk is full, this counts as no answer: the participant repeats it.
      this.store.recordEvents({ event: 'refund-answered', at, refundId, resultCode, attempts: attempts.count });
      return true;
    } catch (error) {
      attempts.lastError = describeError(error);
      return false;
    }
  }
}

/** The code of a connection error (ECONNREFUSED), else the message. */
function describeError(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'message' in error ? String(error.message) : String(error);
}
