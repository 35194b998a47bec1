import { Alerts } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { addMilliseconds, Clock } from '@mpp/kernel';
import { sentenceOf, Verifications } from '@mpp/ledger';
import { BackgroundWork, Database, Metrics, type Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { BooksVerification, type Findings } from './books-verification.js';

/** How often a process looks whether the books are due: what was checked by another one, or before a restart, counts. */
const LOOK_EVERY_MS = 60_000;
/** Alerts of one check. Where more is wrong, these are enough to begin with. */
const MOST_ALERTS = 100;

/** Checks the books every LEDGER_VERIFY_MS, in one process, and tells operators what is wrong with them. */
@Injectable()
export class BooksCheck {
  private readonly log = new Logger('Ledger');

  constructor(
    private readonly database: Database,
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
    this.measure(metrics);
  }

  /**
   * Checks the books if that is due, and returns what it found; null where it is not, or another process is at it. The
   * schedule calls it, and tests do. The transaction is what keeps others away; what is checked is read outside of it.
   */
  async checkWhenDue(): Promise<Findings | null> {
    const findings = await this.database.transaction(async (tx) => {
      if (!(await this.verifications.hold(tx)) || !(await this.isDue(tx))) return null;
      const found = await this.books.verify([], this.background.stopping);
      await this.record(tx, found);
      return found;
    });
    if (findings === null) return null;
    for (const fault of findings.faults.slice(0, MOST_ALERTS)) this.log.error(`LEDGER_FAULT: ${sentenceOf(fault)}`);
    const { entries, head, faults } = findings;
    this.log.log(`${entries} entries checked, faults: ${faults.length}, head ${head?.number ?? 0}:${head?.hash ?? ''}`);
    return findings;
  }

  private async isDue(tx: Tx): Promise<boolean> {
    const last = await this.verifications.last(tx);
    const { LEDGER_VERIFY_MS } = this.settings;
    return last === null || addMilliseconds(last.verifiedAt, LEDGER_VERIFY_MS) <= this.clock.now();
  }

  private async record(tx: Tx, { entries, head, faults }: Findings): Promise<void> {
    await this.verifications.record(tx, { verifiedAt: this.clock.now(), entries, head, faults: faults.length });
    await this.alerts.raise(
      tx,
      faults
        .slice(0, MOST_ALERTS)
        .map((fault) => ({ kind: 'LEDGER_FAULT', subject: fault.subject, details: { fault: fault.kind } })),
    );
  }

  private unlessStopped(error: Error): void {
    if (!this.background.stopping.aborted) throw error;
  }

  private measure(metrics: Metrics): void {
    const { verifications } = this;
    const faults = 'Faults that the last check of the books found, in whichever process';
    metrics.gauge('mpp_ledger_faults', faults, async () => (await verifications.last())?.faults ?? 0);
    const verified = 'When the books were last checked, in whichever process';
    metrics.gauge(
      'mpp_ledger_verified_timestamp_seconds',
      verified,
      async () => ((await verifications.last())?.verifiedAt.getTime() ?? 0) / 1000,
    );
  }
}
