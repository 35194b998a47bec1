import { Alerts } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { CoreRecord } from '@mpp/core-banking';
import { Clock, escalate } from '@mpp/kernel';
import { BackgroundWork, Database, Metrics } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { overdueAlerts } from './reversal-alerts.js';

const BATCH = 200;

/** Tells operators, once each, of reversals whose hour runs out or is over: as of refunds (R21). */
@Injectable()
export class ReversalEscalations {
  private readonly log = new Logger('Payments');

  constructor(
    private readonly database: Database,
    private readonly record: CoreRecord,
    private readonly alerts: Alerts,
    private readonly clock: Clock,
    settings: Settings,
    private readonly background: BackgroundWork,
    metrics: Metrics,
  ) {
    background.register({
      name: 'reversal-escalations',
      everyMs: settings.REFUND_POLL_MS,
      work: () => this.escalateDue(),
      log: this.log,
      fails: 'reversals cannot be watched',
      worksAgain: 'reversals are watched again',
    });
    const measure = (name: string, help: string, of: 'waiting' | 'overdue') =>
      metrics.gauge(name, help, async () => (await record.waitingReversals())[of]);
    measure('mpp_reversals_waiting', 'Debits that the bank’s core has not given back yet', 'waiting');
    measure('mpp_reversals_overdue', 'Reversals whose hour is over and that are not done', 'overdue');
  }

  /** Raises all that is due now, batch by batch, and says how many. The schedule calls it, and tests do. */
  async escalateDue(): Promise<number> {
    let count = 0;
    for (;;) {
      const { looked, raised } = await this.database.transaction(async (tx) => {
        const now = this.clock.now();
        const watched = await this.record.lockEscalating(tx, BATCH);
        await this.record.escalated(
          tx,
          watched.map((reversal) => ({ ...reversal, ...escalate(reversal, now) })),
        );
        const news = watched.flatMap((reversal) => overdueAlerts(reversal, now));
        return { looked: watched.length, raised: await this.alerts.raise(tx, news) };
      });
      count += raised.length;
      if (looked < BATCH || this.background.stopping.aborted) return count;
    }
  }
}
