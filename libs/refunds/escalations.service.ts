import { Alerts } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { Clock } from '@mpp/kernel';
import { Database, Metrics } from '@mpp/platform';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Gauge } from 'prom-client';
import { escalate } from './domain/escalation.js';
import { RefundsRepository, waitingRefunds } from './persistence/refunds.repository.js';

const BATCH = 200;
const NAME = 'refund-escalations';

/** Tells operators, once each, of refunds whose time runs out or is over (R21). */
@Injectable()
export class Escalations implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger('Refunds');
  private running: Promise<unknown> | null = null;
  private stopping = false;
  private works = true;

  constructor(
    private readonly database: Database,
    private readonly refunds: RefundsRepository,
    private readonly alerts: Alerts,
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly schedule: SchedulerRegistry,
    metrics: Metrics,
  ) {
    const measure = (name: string, help: string, of: 'waiting' | 'overdue' | 'suspended') => {
      const gauge: Gauge = new Gauge({
        name,
        help,
        registers: [metrics.registry],
        collect: async () => gauge.set((await waitingRefunds(database, clock.now()))[of]),
      });
    };
    measure('mpp_refunds_waiting', 'Refunds that are not on the customer’s account yet', 'waiting');
    measure('mpp_refunds_overdue', 'Refunds whose hour is over and that are not credited', 'overdue');
    measure('mpp_refunds_suspended', 'Refunds in suspense: the customer has no account that takes money', 'suspended');
  }

  onApplicationBootstrap(): void {
    if (this.settings.OUTBOX_WORKER === 'off') return;
    this.schedule.addInterval(
      NAME,
      setInterval(() => this.tick(), this.settings.REFUND_POLL_MS),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    if (this.schedule.doesExist('interval', NAME)) this.schedule.deleteInterval(NAME);
    await this.running;
  }

  /** Raises all that is due now, batch by batch, and says how many. The schedule calls it, and tests do. */
  async escalateDue(): Promise<number> {
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
      this.alerts.announce(raised);
      count += raised.length;
      if (looked < BATCH || this.stopping) return count;
    }
  }

  /** One line when it stops working and one when it works again. */
  private tick(): void {
    this.running ??= this.escalateDue()
      .then(
        () => this.worked(true),
        (error: Error) => this.worked(false, error),
      )
      .finally(() => {
        this.running = null;
      });
  }

  private worked(works: boolean, error?: Error): void {
    if (works === this.works) return;
    this.works = works;
    if (works) this.log.log('refunds are watched again');
    else this.log.error(`refunds cannot be watched: ${error?.message}`);
  }
}
