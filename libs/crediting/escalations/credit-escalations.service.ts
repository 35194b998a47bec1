import { Alerts, type NewAlert } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { Clock } from '@mpp/kernel';
import { BackgroundWork, ClockCheck, type Tx } from '@mpp/platform';
import { Injectable, type Logger } from '@nestjs/common';
import { type Debt, dueAlerts, type OwedMoney } from '../domain/owed-money.js';

/** What the escalation has to know of one kind of debt. */
export interface EscalationSource<Owed extends OwedMoney> {
  readonly debt: Debt;
  /** One statement without a transaction, for the poll that mostly finds none. */
  isEscalationDue(now: Date): Promise<boolean>;
  /** Locks at most `limit` debts whose next escalation is due, skipping those that another transaction has locked. */
  lockEscalating(tx: Tx, now: Date, limit: number): Promise<Owed[]>;
  saveEscalations(tx: Tx, owed: readonly Owed[]): Promise<void>;
  /** By which operators know it. */
  subjectOf(owed: Owed): string;
}

/** Alerts operators, once each, at 50, 80 and 100 % of the time of money that is not credited (R21, R41). */
@Injectable()
export class CreditEscalations {
  constructor(
    private readonly alerts: Alerts,
    private readonly clock: Clock,
    private readonly clocks: ClockCheck,
    private readonly background: BackgroundWork,
    private readonly settings: Settings,
  ) {}

  /** Escalates these debts in the background from now on. */
  register<Owed extends OwedMoney>(source: EscalationSource<Owed>, log: Logger): void {
    const debt = source.debt.toLowerCase();
    this.background.register({
      name: `${debt}-escalations`,
      everyMs: this.settings.REFUND_POLL_MS,
      work: () => this.escalateDue(source),
      log,
      fails: `alerts about late ${debt}s cannot be raised`,
      worksAgain: `alerts about late ${debt}s are raised again`,
    });
  }

  /** Raises all alerts that are due and returns their number; none while the clock of this process is wrong (R42). */
  async escalateDue<Owed extends OwedMoney>(source: EscalationSource<Owed>): Promise<number> {
    if (!(await source.isEscalationDue(this.clock.now()))) return 0;
    return this.alerts.raiseInBatches(this.background.stopping, async (tx, limit) => {
      const now = this.clocks.agreedNow();
      if (now === null) return { size: 0, alerts: [] };
      const due = await source.lockEscalating(tx, now, limit);
      const escalated = due.map((owed) => ({ owed, ...dueAlerts(source.debt, owed, now) }));
      await source.saveEscalations(
        tx,
        escalated.map(({ owed, nextEscalationAt }) => ({ ...owed, nextEscalationAt })),
      );
      const alerts = escalated.flatMap(({ owed, kinds }): NewAlert[] => {
        const { customerId, paymentId, creditBy } = owed;
        return kinds.map((kind) => ({
          kind,
          subject: source.subjectOf(owed),
          customerId,
          details: { paymentId, creditBy },
        }));
      });
      return { size: due.length, alerts };
    });
  }
}
