import { Settings } from '@mpp/config';
import { Clock } from '@mpp/kernel';
import { BackgroundWork, Metrics, ReportDatabase } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { readJournalHorizon } from '../persistence/journal-horizon.js';
import { findChainHead, findUnsealedSince, sealNext } from '../persistence/seals.js';

/** The most entries of one seal. */
const MAX_ENTRIES = 5000;
/** Transactions that write the journal end within milliseconds; if one does not, the next run seals its entries. */
const WAIT_FOR_WRITERS_MS = 5000;

/**
 * Seals the journal: every entry becomes part of a hash chain, which shows if an entry was altered, deleted or inserted later.
 * Each head of the chain is logged: a copy of the log elsewhere shows if the whole chain was recomputed. Postings never
 * wait for a seal, and one process seals at a time.
 */
@Injectable()
export class JournalSeals {
  private readonly log = new Logger('Ledger');

  constructor(
    private readonly database: ReportDatabase,
    private readonly clock: Clock,
    settings: Settings,
    private readonly background: BackgroundWork,
    metrics: Metrics,
  ) {
    background.register({
      name: 'ledger-seals',
      everyMs: settings.LEDGER_SEAL_MS,
      work: () => this.sealAll(),
      log: this.log,
      fails: 'the journal cannot be sealed',
      worksAgain: 'the journal is sealed again',
    });
    this.registerMetrics(metrics);
  }

  /**
   * Seals all entries up to the newest and returns their number. Seals none if another process is sealing, or if a transaction
   * that can still write one of these entries does not end in time. Background work and tests call it.
   */
  async sealAll(): Promise<number> {
    const horizon = await readJournalHorizon(this.database, WAIT_FOR_WRITERS_MS);
    if (horizon === null) return 0;
    if (!horizon.complete) {
      this.log.warn(`a transaction holds the journal for more than ${WAIT_FOR_WRITERS_MS} ms: it is sealed later`);
      return 0;
    }
    for (let count = 0; ; ) {
      const seal = await sealNext(this.database, horizon.id, MAX_ENTRIES, this.clock.now());
      if (seal === null) return count;
      this.log.log(`sealed entries ${seal.firstId} to ${seal.lastId}: head ${seal.number}:${seal.hash}`);
      count += seal.entries;
      if (this.background.stopping.aborted) return count;
    }
  }

  private registerMetrics(metrics: Metrics): void {
    const { database, clock } = this;
    metrics.gauge('mpp_ledger_seals', 'Seals over the journal', async () =>
      Number((await findChainHead(database))?.number ?? 0),
    );
    const unsealedAge = 'Age of the oldest journal entry that no seal covers';
    metrics.gauge('mpp_ledger_unsealed_age_seconds', unsealedAge, async () => {
      const since = await findUnsealedSince(database);
      return since === null ? 0 : Math.max(0, (clock.now().getTime() - since.getTime()) / 1000);
    });
  }
}
