import { CreditEscalations, type EscalationSource } from '@mpp/crediting';
import { Clock } from '@mpp/kernel';
import { Metrics, type Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import type { Refund } from '../domain/refund.js';
import { RefundsRepository } from '../persistence/refunds.repository.js';

/** Alerts operators, once each, at 50, 80 and 100 % of the time of a refund that is not credited (R21). */
@Injectable()
export class RefundEscalations implements EscalationSource<Refund> {
  readonly debt = 'REFUND';

  constructor(
    private readonly refunds: RefundsRepository,
    private readonly escalations: CreditEscalations,
    clock: Clock,
    metrics: Metrics,
  ) {
    escalations.register(this, new Logger('Refunds'));
    const measure = (name: string, help: string, count: 'waiting' | 'overdue' | 'suspended') =>
      metrics.gauge(name, help, async () => (await refunds.countOwed(clock.now()))[count]);
    measure('mpp_refunds_waiting', 'Refunds that are not on the customer’s account yet', 'waiting');
    measure('mpp_refunds_overdue', 'Refunds whose hour is over and that are not credited', 'overdue');
    measure('mpp_refunds_suspended', 'Refunds in suspense: the customer has no account that takes money', 'suspended');
  }

  /** Raises all alerts that are due and returns their number. */
  escalateDue(): Promise<number> {
    return this.escalations.escalateDue(this);
  }

  isEscalationDue(now: Date): Promise<boolean> {
    return this.refunds.isEscalationDue(now);
  }

  lockEscalating(tx: Tx, now: Date, limit: number): Promise<Refund[]> {
    return this.refunds.lockEscalating(tx, now, limit);
  }

  saveEscalations(tx: Tx, refunds: readonly Refund[]): Promise<void> {
    return this.refunds.saveCrediting(tx, refunds);
  }

  subjectOf({ refundId }: Refund): string {
    return refundId;
  }
}
