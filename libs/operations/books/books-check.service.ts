import { Alerts } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { addMilliseconds, Clock } from '@mpp/kernel';
import { describeFault, Verifications } from '@mpp/ledger';
import { BackgroundWork, Metrics, ReportDatabase, type Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { BooksVerification, type Findings } from './books-verification.js';

/** How often a process looks whether a check is due; checks of other processes and before a restart count. */
const LOOK_EVERY_MS = 60_000;
/** Limits the alerts and log lines of one check. */
const MOST_ALERTS = 100;

/** Checks the books every LEDGER_VERIFY_MS, in one process at a time, and raises an alert for each fault. */
@Injectable()
export class BooksCheck {
  private readonly log = new Logger('Ledger');

  constructor(
    private readonly database: ReportDatabase,
    private readonly books: BooksVerification,
    private readonly verifications: Verifications,
    private readonly alerts: Alerts,
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly background: BackgroundWork,
    metrics: Metrics,
  ) {
    background.register({
      name: 'books-check',
      everyMs: Math.min(settings.LEDGER_VERIFY_MS, LOOK_EVERY_MS),
      work: () => this.checkWhenDue().catch((error: Error) => this.unlessStopped(error)),
      log: this.log,
      fails: 'the books cannot be checked',
      worksAgain: 'the books are checked again',
    });
    const last = (value: (verification: { faults: number; verifiedAt: Date }) => number) => async () => {
      const verification = await verifications.findLastVerification();
      return verification === null ? 0 : value(verification);
    };
    metrics.gauge(
      'mpp_ledger_faults',
      'Faults found by the last check of the books in any process',
      last(({ faults }) => faults),
    );
    metrics.gauge(
      'mpp_ledger_verified_timestamp_seconds',
      'When the books were last checked by any process',
      last(({ verifiedAt }) => verifiedAt.getTime() / 1000),
    );
  }

  /**
   * Checks the books and returns the findings; null if no check is due or another process is checking. The transaction only
   * keeps other processes away: the books are read outside of it.
   */
  async checkWhenDue(): Promise<Findings | null> {
    return this.database.transaction(async (tx) => {
      if (!(await this.verifications.lockVerification(tx)) || !(await this.isDue(tx))) return null;
      const findings = await this.books.verifyBooks([], this.background.stopping);
      await this.recordFindings(tx, findings);
      tx.afterCommit(() => this.logFindings(findings));
      return findings;
    });
  }

  private async isDue(tx: Tx): Promise<boolean> {
    const last = await this.verifications.findLastVerification(tx);
    const { LEDGER_VERIFY_MS } = this.settings;
    const now = this.clock.now();
    // A check of the future was dated by a wrong clock.
    return last === null || last.verifiedAt > now || addMilliseconds(last.verifiedAt, LEDGER_VERIFY_MS) <= now;
  }

  private async recordFindings(tx: Tx, { entries, head, faults }: Findings): Promise<void> {
    await this.verifications.recordVerification(tx, {
      verifiedAt: this.clock.now(),
      entries,
      head,
      faults: faults.length,
    });
    await this.alerts.raiseAlerts(
      tx,
      faults
        .slice(0, MOST_ALERTS)
        .map(({ subject, kind }) => ({ kind: 'LEDGER_FAULT', subject, details: { fault: kind } })),
    );
  }

  private logFindings({ entries, head, faults }: Findings): void {
    for (const fault of faults.slice(0, MOST_ALERTS)) this.log.error(`LEDGER_FAULT: ${describeFault(fault)}`);
    this.log.log(`${entries} entries checked, faults: ${faults.length}, head ${head?.number ?? 0}:${head?.hash ?? ''}`);
  }

  private unlessStopped(error: Error): void {
    if (!this.background.stopping.aborted) throw error;
  }
}
