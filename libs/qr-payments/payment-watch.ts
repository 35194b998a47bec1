import type { PaymentId } from '@mpp/kernel';
import type { Receipt } from '@mpp/receipts';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { Payment } from './domain/payment.js';
import { isFinal } from './domain/transitions.js';
import { PaymentsRepository } from './persistence/payments.repository.js';

/** A payment with its receipt, where there is one. */
export interface PaymentView {
  readonly payment: Payment;
  readonly receipt: Receipt | null;
}

interface Waiter {
  readonly id: PaymentId;
  /** Null says: look yourself. */
  readonly wake: (view: PaymentView | null) => void;
}

const POLL_MS = 100;

/**
 * Wakes whoever waits for a payment to become final. What this process settles wakes them at once; what another one
 * settled is found by one small poll for all that wait, and only while somebody does (LISTEN does not survive
 * PgBouncer's transaction mode).
 */
@Injectable()
export class PaymentWatch implements OnApplicationShutdown {
  private readonly log = new Logger('Payments');
  private readonly waiters = new Set<Waiter>();
  private poll: NodeJS.Timeout | null = null;
  private polling = false;

  constructor(private readonly payments: PaymentsRepository) {}

  /** The final payment; null after the time, or where it became final elsewhere and must be read. Begin before the change can happen. */
  untilFinal(id: PaymentId, milliseconds: number): Promise<PaymentView | null> {
    return new Promise((resolve) => {
      const waiter: Waiter = {
        id,
        wake: (view) => {
          clearTimeout(timeout);
          this.waiters.delete(waiter);
          if (this.waiters.size === 0) this.stop();
          resolve(view);
        },
      };
      const timeout = setTimeout(() => waiter.wake(null), milliseconds);
      this.waiters.add(waiter);
      this.poll ??= setInterval(() => void this.look(), POLL_MS);
    });
  }

  /** Called after the commit that changed them. */
  changed(views: readonly PaymentView[]): void {
    const final = new Map(
      views.filter(({ payment }) => isFinal(payment.status)).map((view) => [view.payment.id, view]),
    );
    for (const waiter of [...this.waiters]) {
      const view = final.get(waiter.id);
      if (view !== undefined) waiter.wake(view);
    }
  }

  onApplicationShutdown(): void {
    for (const waiter of [...this.waiters]) waiter.wake(null);
  }

  private stop(): void {
    if (this.poll !== null) clearInterval(this.poll);
    this.poll = null;
  }

  private async look(): Promise<void> {
    if (this.polling) return;
    this.polling = true;
    try {
      const final = new Set(await this.payments.finalAmong([...new Set([...this.waiters].map(({ id }) => id))]));
      for (const waiter of [...this.waiters]) if (final.has(waiter.id)) waiter.wake(null);
    } catch (error) {
      this.log.warn(`waiting payments could not be looked at: ${(error as Error).message}`);
    } finally {
      this.polling = false;
    }
  }
}
