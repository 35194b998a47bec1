import { Alerts } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { CoreRecord } from '@mpp/core-banking';
import { Clock, escalate } from '@mpp/kernel';
import { BackgroundWork, Database, Metrics } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { overdueAlerts } from './reversal-alerts.js';

const BATCH = 200;

/** Alerts operators at 50, 80 and 100 % of a reversal's hour, each once, as for refunds (R21). */
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
    measure('mpp_reversals_waiting', 'Reversals that the bank’s core has not done yet', 'waiting');
    measure('mpp_reversals_overdue', 'Reversals whose hour is over and that are not done', 'overdue');
  }

  /** Raises all due alerts, batch by batch, and returns their number. */
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
