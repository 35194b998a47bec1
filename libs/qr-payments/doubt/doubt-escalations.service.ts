import { Alerts } from '@mpp/alerts';
import { BackgroundWork, ClockCheck, Database, Metrics } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { doubtAlertsDueBefore, dueDoubtAlerts } from '../domain/doubt.js';
import { findInDoubtSince, sumInDoubt } from '../persistence/doubted-payments.js';

const EVERY_MS = 60_000;

/** Alerts operators again about payments that stay in doubt: after 1, 4 and 24 hours, once each. Source: R12. */
@Injectable()
export class DoubtEscalations {
  constructor(
    private readonly database: Database,
    private readonly alerts: Alerts,
    private readonly clocks: ClockCheck,
    background: BackgroundWork,
    metrics: Metrics,
  ) {
    background.register({
      name: 'doubt-escalations',
      everyMs: EVERY_MS,
      work: () => this.escalateDue(),
      log: new Logger('Payments'),
      fails: 'alerts about payments in doubt cannot be raised',
      worksAgain: 'alerts about payments in doubt are raised again',
    });
    metrics.gauge(
      'mpp_in_doubt_payments',
      'Debited payments without a clear answer of Kaspi Pay for too long',
      async () => Number((await sumInDoubt(database)).count),
    );
    metrics.gauge('mpp_in_doubt_tiyn', 'Their sum, in tiyn', async () => Number((await sumInDoubt(database)).tiyn));
  }

  /** Raises all alerts that are due and returns their number; none while the clock of this process is wrong (R42). */
  async escalateDue(): Promise<number> {
    const now = this.clocks.agreedNow();
    if (now === null) return 0;
    const doubted = await findInDoubtSince(this.database, doubtAlertsDueBefore(now));
    const due = doubted.flatMap(({ id: subject, customerId, amount, doubtedAt }) =>
      dueDoubtAlerts(doubtedAt, now).map((kind) => ({ kind, subject, customerId, details: { amount, doubtedAt } })),
    );
    if (due.length === 0) return 0;
    return (await this.database.transaction((tx) => this.alerts.raiseAlerts(tx, due))).length;
  }
}
