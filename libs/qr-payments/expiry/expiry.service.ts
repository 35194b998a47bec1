import { Settings } from '@mpp/config';
import { Clock, type PaymentId } from '@mpp/kernel';
import { BackgroundWork, Database } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { PaymentEvents } from '../events/payment-events.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';

/** Rows are locked while a batch is written, and those of other payments never. */
const BATCH = 500;

/**
 * Ends payments that nobody touched again once their time is over (R16). Nothing was debited, and the PS is told
 * nothing: only going back is (R14).
 */
@Injectable()
export class Expiry {
  private readonly log = new Logger('Payments');

  constructor(
    private readonly database: Database,
    private readonly payments: PaymentsRepository,
    private readonly events: PaymentEvents,
    private readonly clock: Clock,
    settings: Settings,
    private readonly background: BackgroundWork,
  ) {
    background.register({
      name: 'payment-expiry',
      everyMs: settings.EXPIRY_POLL_MS,
      work: () => this.expireDue(),
      log: this.log,
      fails: 'payments cannot be ended',
      worksAgain: 'payments expire again',
    });
  }

  /** Ends all that is due now, batch by batch, and says how many. The schedule calls it, and tests do. */
  async expireDue(): Promise<number> {
    let count = 0;
    for (;;) {
      const expired = await this.expireBatch();
      count += expired.length;
      for (const id of expired) this.log.log(`${id} EXPIRED: nobody confirmed in time`);
      if (expired.length < BATCH || this.background.stopping.aborted) return count;
    }
  }

  /** Together with what the gateway hears of it. */
  private async expireBatch(): Promise<PaymentId[]> {
    const now = this.clock.now();
    if (!this.events.concern('EXPIRED')) return this.payments.expire(this.database, now, BATCH);
    return this.database.transaction(async (tx) => {
      const ids = await this.payments.expire(tx, now, BATCH);
      const payments = [...(await this.payments.lock(tx, ids)).values()];
      await this.events.enqueue(
        tx,
        payments.map((payment) => ({ payment, receipt: null })),
      );
      return ids;
    });
  }
}
