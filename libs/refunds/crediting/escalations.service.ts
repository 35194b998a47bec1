import { Alerts } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { Clock } from '@mpp/kernel';
import { BackgroundWork, Database, Metrics } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { escalate } from '../domain/overdue.js';
import { RefundsRepository, waitingRefunds } from '../persistence/refunds.repository.js';

const BATCH = 200;

/** Tells operators, once each, of refunds whose time runs out or is over (R21). */
@Injectable()
export class Escalations {
  private readonly log = new Logger('Refunds');

  constructor(
    private readonly database: Database,
    private readonly refunds: RefundsRepository,
    private readonly alerts: Alerts,
    private readonly clock: Clock,
    settings: Settings,
    private readonly background: BackgroundWork,
    metrics: Metrics,
  ) {
    background.register({
      name: 'refund-escalations',
      everyMs: settings.REFUND_POLL_MS,
      work: () => this.escalateDue(),
      log: this.log,
      fails: 'refunds cannot be watched',
      worksAgain: 'refunds are watched again',
    });
    const measure = (name: string, help: string, of: 'waiting' | 'overdue' | 'suspended') =>
      metrics.gauge(name, help, async () => (await waitingRefunds(database, clock.now()))[of]);
    measure('mpp_refunds_waiting', 'Refunds that are not on the customer’s account yet', 'waiting');
    measure('mpp_refunds_overdue', 'Refunds whose hour is over and that are not credited', 'overdue');
    measure('mpp_refunds_suspended', 'Refunds in suspense: the customer has no account that takes money', 'suspended');
  }

  /** Raises all that is due now, batch by batch, and says how many. The schedule calls it, and tests do. */
  async escalateDue(): Promise<number> {
    if (!(await this.refunds.isEscalationDue(this.clock.now()))) return 0;
    let count = 0;
    for (;;) {
      const { looked, raised } = await this.database.transaction(async (tx) => {
        const now = this.clock.now();
        const due = (await this.refunds.lockEscalating(tx, now, BATCH)).map((refund) => ({
          refund,
          ...escalate(refund, now),
        }));
        await this.refunds.write(
          tx,
          due.map(({ refund, nextEscalationAt }) => ({ ...refund, nextEscalationAt })),
        );
        const news = due.flatMap(({ refund: { refundId: subject, customerId, paymentId, creditBy }, kinds }) =>
          kinds.map((kind) => ({ kind, subject, customerId, details: { paymentId, creditBy } })),
        );
        return { looked: due.length, raised: await this.alerts.raise(tx, news) };
      });
      count += raised.length;
      if (looked < BATCH || this.background.stopping.aborted) return count;
    }
  }
}
