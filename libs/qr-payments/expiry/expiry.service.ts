import { Settings } from '@mpp/config';
import type { PaymentId } from '@mpp/kernel';
import { BackgroundWork, ClockCheck, Database } from '@mpp/platform';
import { Recovery } from '@mpp/recovery';
import { Injectable, Logger } from '@nestjs/common';
import { PaymentEvents } from '../events/payment-events.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';

/** Limits how many payments are locked at a time. */
const BATCH = 500;

/** Expires payments that were not confirmed in time (R16). Nothing is debited, and the PS gets no notify: only a cancel sends one (R14). */
@Injectable()
export class Expiry {
  private readonly log = new Logger('Payments');

  constructor(
    private readonly database: Database,
    private readonly payments: PaymentsRepository,
    private readonly events: PaymentEvents,
    private readonly clocks: ClockCheck,
    settings: Settings,
    private readonly background: BackgroundWork,
    private readonly recovery: Recovery,
  ) {
    background.register({
      name: 'payment-expiry',
      everyMs: settings.EXPIRY_POLL_MS,
      work: () => this.expireDue(),
      log: this.log,
      fails: 'payments cannot be expired',
      worksAgain: 'payments expire again',
    });
  }

  /**
   * Expires all due payments, batch by batch, and returns their number. None in a recovery, because they may have been paid (R39),
   * and none while the clock of this process is wrong (R42).
   */
  async expireDue(): Promise<number> {
    if (this.recovery.active) return 0;
    let count = 0;
    for (;;) {
      const expired = await this.expireBatch();
      count += expired.length;
      for (const id of expired) this.log.log(`${id} EXPIRED: not confirmed in time`);
      if (expired.length < BATCH || this.background.stopping.aborted) return count;
    }
  }

  /** With the events for the gateway, if there is one. */
  private async expireBatch(): Promise<PaymentId[]> {
    const now = this.clocks.agreedNow();
    if (now === null) return [];
    if (!this.events.hasEvent('EXPIRED')) return this.payments.expirePayments(this.database, now, BATCH);
    if (!(await this.payments.isExpiryDue(now))) return [];
    return this.database.transaction(async (tx) => {
      const ids = await this.payments.expirePayments(tx, now, BATCH);
      const payments = [...(await this.payments.lockPayments(tx, ids)).values()];
      await this.events.enqueueEvents(
        tx,
        payments.map((payment) => ({ payment, receipt: null })),
      );
      return ids;
    });
  }
}
