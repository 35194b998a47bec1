import { Alerts } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { CoreOperations } from '@mpp/core-banking';
import { escalate } from '@mpp/kernel';
import { BackgroundWork, ClockCheck, Metrics } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { dueReversalAlerts } from './reversal-alerts.js';

/** Alerts operators, once each, at 50, 80 and 100 % of a reversal's hour; as for refunds (R21). */
@Injectable()
export class ReversalEscalations {
  constructor(
    private readonly operations: CoreOperations,
    private readonly alerts: Alerts,
    private readonly clocks: ClockCheck,
    settings: Settings,
    private readonly background: BackgroundWork,
    metrics: Metrics,
  ) {
    background.register({
      name: 'reversal-escalations',
      everyMs: settings.REFUND_POLL_MS,
      work: () => this.escalateDue(),
      log: new Logger('Payments'),
      fails: 'alerts about late reversals cannot be raised',
      worksAgain: 'alerts about late reversals are raised again',
    });
    metrics.gauge('mpp_reversals_waiting', 'Debits that the bank’s core has not given back yet', () =>
      operations.countPendingReversals(),
    );
    metrics.gauge('mpp_reversals_overdue', 'Reversals whose hour is over and that are not done', () =>
      operations.countOverdueReversals(),
    );
  }

  /** Raises all alerts that are due and returns their number; none while the clock of this process is wrong (R42). */
  async escalateDue(): Promise<number> {
    if (!(await this.operations.isEscalationDue())) return 0;
    return this.alerts.raiseInBatches(this.background.stopping, async (tx, limit) => {
      const due = await this.operations.lockReversalsToEscalate(tx, limit);
      const now = this.clocks.agreedNow();
      if (now === null) return { size: 0, alerts: [] };
      await this.operations.recordEscalations(
        tx,
        due.map((reversal) => ({ ...reversal, ...escalate('REVERSAL', reversal, now) })),
      );
      return { size: due.length, alerts: due.flatMap((reversal) => dueReversalAlerts(reversal, now)) };
    });
  }
}
