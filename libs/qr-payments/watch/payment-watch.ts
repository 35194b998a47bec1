import type { PaymentId } from '@mpp/kernel';
import { Metrics } from '@mpp/platform';
import type { Receipt } from '@mpp/receipts';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { Payment } from '../domain/payment.js';
import { isFinal } from '../domain/transitions.js';
import { type PaymentState, PaymentsRepository } from '../persistence/payments.repository.js';

/** A payment with its receipt, if there is one. */
export interface PaymentView {
  readonly payment: Payment;
  readonly receipt: Receipt | null;
}

interface Waiter {
  readonly id: PaymentId;
  /** An event stream: it is ended when the process stops. A confirm is answered first. */
  readonly follows: boolean;
  readonly waitsFor: (state: Pick<PaymentState, 'version' | 'status'>) => boolean;
  /** Null: the waiter must read the payment. */
  readonly wake: (view: PaymentView | null) => void;
}

const POLL_MS = 100;

/**
 * Wakes confirms and event streams that wait for a payment to change. A change by this process wakes them at once; changes by
 * other processes are found by one small poll for all waiters, and only while there are any (LISTEN does not work with
 * PgBouncer's transaction mode).
 */
@Injectable()
export class PaymentWatch implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly log = new Logger('Payments');
  private readonly waiters = new Set<Waiter>();
  private poll: NodeJS.Timeout | null = null;
  private polling = false;
  private stopping = false;

  constructor(
    private readonly payments: PaymentsRepository,
    metrics: Metrics,
  ) {
    metrics.gauge(
      'mpp_payment_waiters',
      'Confirms that wait for Kaspi Pay, and event streams',
      () => this.waiters.size,
    );
  }

  /**
   * The final payment; null after the time, or if another process made it final and it must be read. Call it before the change
   * can happen.
   */
  untilFinal(id: PaymentId, milliseconds: number): Promise<PaymentView | null> {
    return new Promise((resolve) => {
      const wake = this.wait(
        id,
        false,
        ({ status }) => isFinal(status),
        (view) => {
          clearTimeout(timeout);
          resolve(view);
        },
      );
      const timeout = setTimeout(() => wake(null), milliseconds);
    });
  }

  /** The payment once it is newer than this version; null if it must be read; 'ended' if the signal aborts or the process stops. */
  untilNewer(id: PaymentId, version: number, signal: AbortSignal): Promise<PaymentView | null | 'ended'> {
    return new Promise((resolve) => {
      if (signal.aborted || this.stopping) return resolve('ended');
      const end = () => wake(null);
      const wake = this.wait(
        id,
        true,
        (state) => state.version > version,
        (view) => {
          signal.removeEventListener('abort', end);
          resolve(signal.aborted || this.stopping ? 'ended' : view);
        },
      );
      signal.addEventListener('abort', end, { once: true });
    });
  }

  /** Call it after the commit. */
  notifyChanged(views: readonly PaymentView[]): void {
    if (this.waiters.size === 0) return;
    const changed = new Map(views.map((view) => [view.payment.id, view]));
    for (const waiter of [...this.waiters]) {
      const view = changed.get(waiter.id);
      if (view !== undefined && waiter.waitsFor(view.payment)) waiter.wake(view);
    }
  }

  /** Streams end first: the listener closes after its last answer. */
  beforeApplicationShutdown(): void {
    this.stopping = true;
    for (const waiter of [...this.waiters]) if (waiter.follows) waiter.wake(null);
  }

  onApplicationShutdown(): void {
    for (const waiter of [...this.waiters]) waiter.wake(null);
  }

  /** Returns the function that ends the wait. */
  private wait(id: PaymentId, follows: boolean, waitsFor: Waiter['waitsFor'], woken: Waiter['wake']): Waiter['wake'] {
    const waiter: Waiter = {
      id,
      follows,
      waitsFor,
      wake: (view) => {
        if (!this.waiters.delete(waiter)) return;
        if (this.waiters.size === 0) this.stop();
        woken(view);
      },
    };
    this.waiters.add(waiter);
    this.poll ??= setInterval(() => void this.pollChanges(), POLL_MS);
    return waiter.wake;
  }

  private stop(): void {
    if (this.poll !== null) clearInterval(this.poll);
    this.poll = null;
  }

  private async pollChanges(): Promise<void> {
    if (this.polling) return;
    this.polling = true;
    try {
      const ids = [...new Set([...this.waiters].map(({ id }) => id))];
      const states = new Map((await this.payments.findStates(ids)).map((state) => [state.id, state]));
      for (const waiter of [...this.waiters]) {
        const state = states.get(waiter.id);
        if (state !== undefined && waiter.waitsFor(state)) waiter.wake(null);
      }
    } catch (error) {
      this.log.warn(`waiting payments could not be read: ${(error as Error).message}`);
    } finally {
      this.polling = false;
    }
  }
}
