import { CreditEscalations, type EscalationSource } from '@mpp/crediting';
import { Clock } from '@mpp/kernel';
import { Metrics, type Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import type { Reversal } from '../domain/reversal.js';
import { ReversalsRepository } from '../persistence/reversals.repository.js';

/** Alerts operators, once each, at 50, 80 and 100 % of a reversal's hour; as for refunds (R21, R41). */
@Injectable()
export class ReversalEscalations implements EscalationSource<Reversal> {
  readonly debt = 'REVERSAL';

  constructor(
    private readonly reversals: ReversalsRepository,
    private readonly escalations: CreditEscalations,
    clock: Clock,
    metrics: Metrics,
  ) {
    escalations.register(this, new Logger('Payments'));
    const measure = (name: string, help: string, count: 'waiting' | 'overdue' | 'suspended') =>
      metrics.gauge(name, help, async () => (await reversals.countOwed(clock.now()))[count]);
    measure('mpp_reversals_waiting', 'Debits that are due back and not on the customer’s account yet', 'waiting');
    measure('mpp_reversals_overdue', 'Reversals whose hour is over and that are not done', 'overdue');
    measure(
      'mpp_reversals_suspended',
      'Reversals in suspense: the customer has no account that takes money',
      'suspended',
    );
  }

  /** Raises all alerts that are due and returns their number. */
  escalateDue(): Promise<number> {
    return this.escalations.escalateDue(this);
  }

  isEscalationDue(now: Date): Promise<boolean> {
    return this.reversals.isEscalationDue(now);
  }

  lockEscalating(tx: Tx, now: Date, limit: number): Promise<Reversal[]> {
    return this.reversals.lockEscalating(tx, now, limit);
  }

  saveEscalations(tx: Tx, reversals: readonly Reversal[]): Promise<void> {
    return this.reversals.saveReversals(tx, reversals);
  }

  subjectOf({ id }: Reversal): string {
    return id;
  }
}
