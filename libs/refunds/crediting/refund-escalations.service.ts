import { Alerts } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { Clock } from '@mpp/kernel';
import { BackgroundWork, ClockCheck, Metrics } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { dueRefundAlerts } from '../domain/overdue.js';
import { RefundsRepository } from '../persistence/refunds.repository.js';

/** Alerts operators, once each, at 50, 80 and 100 % of the time of a refund that is not credited (R21). */
@Injectable()
export class RefundEscalations {
  constructor(
    private readonly refunds: RefundsRepository,
    private readonly alerts: Alerts,
    private readonly clock: Clock,
    private readonly clocks: ClockCheck,
    private readonly background: BackgroundWork,
    settings: Settings,
    metrics: Metrics,
  ) {
    background.register({
      name: 'refund-escalations',
      everyMs: settings.REFUND_POLL_MS,
      work: () => this.escalateDue(),
      log: new Logger('Refunds'),
      fails: 'alerts about late refunds cannot be raised',
      worksAgain: 'alerts about late refunds are raised again',
    });
    const measure = (name: string, help: string, count: 'waiting' | 'overdue' | 'suspended') =>
      metrics.gauge(name, help, async () => (await refunds.countOwed(clock.now()))[count]);
    measure('mpp_refunds_waiting', 'Refunds that are not on the customer’s account yet', 'waiting');
    measure('mpp_refunds_overdue', 'Refunds whose hour is over and that are not credited', 'overdue');
    measure('mpp_refunds_suspended', 'Refunds in suspense: the customer has no account that takes money', 'suspended');
  }

  /** Raises all alerts that are due and returns their number; none while the clock of this process is wrong (R42). */
  async escalateDue(): Promise<number> {
    if (!(await this.refunds.isEscalationDue(this.clock.now()))) return 0;
    return this.alerts.raiseInBatches(this.background.stopping, async (tx, limit) => {
      const now = this.clocks.agreedNow();
      if (now === null) return { size: 0, alerts: [] };
      const due = await this.refunds.lockEscalating(tx, now, limit);
      const escalated = due.map((refund) => ({ ...refund, ...dueRefundAlerts(refund, now) }));
      await this.refunds.saveCrediting(tx, escalated);
      const alerts = escalated.flatMap(({ refundId: subject, customerId, paymentId, creditBy, kinds }) =>
        kinds.map((kind) => ({ kind, subject, customerId, details: { paymentId, creditBy } })),
      );
      return { size: due.length, alerts };
    });
  }
}
