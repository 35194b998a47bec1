import { Settings } from '@mpp/config';
import { Clock } from '@mpp/kernel';
import { BackgroundWork, Database, Metrics } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { horizonOf } from './persistence/horizon.js';
import { headOf, sealNext, unsealedSince } from './persistence/seals.js';

/** The most that is hashed in one statement. */
const BATCH = 5000;
/** Transactions that write the journal end within milliseconds; where one does not, the next round has another look. */
const OTHERS_END_WITHIN_MS = 5000;

/**
 * Seals the journal: every entry goes into a hash chain, so that altering, removing or smuggling in one shows ever after.
 * The log has each head of the chain: whoever keeps it elsewhere can tell whether all of it was made anew. What posts never
 * waits for it, and of several processes one seals at a time.
 */
@Injectable()
export class JournalSeals {
  private readonly log = new Logger('Ledger');

  constructor(
    private readonly database: Database,
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
    this.measure(metrics);
  }

  /**
   * Seals all entries up to the newest and says how many. None where another process is at it, or where a transaction that
   * may still write an entry among them does not end. The schedule calls it, and tests do.
   */
  async sealAll(): Promise<number> {
    const horizon = await horizonOf(this.database, OTHERS_END_WITHIN_MS);
    if (horizon === null) return 0;
    if (!horizon.complete) {
      this.log.warn(`a transaction holds the journal for more than ${OTHERS_END_WITHIN_MS} ms: it is sealed later`);
      return 0;
    }
    for (let count = 0; ; ) {
      const seal = await sealNext(this.database, horizon.id, BATCH, this.clock.now());
      if (seal === null) return count;
      this.log.log(`sealed entries ${seal.firstId} to ${seal.lastId}: head ${seal.number}:${seal.hash}`);
      count += seal.entries;
      if (this.background.stopping.aborted) return count;
    }
  }

  private measure(metrics: Metrics): void {
    const { database, clock } = this;
    metrics.gauge('mpp_ledger_seals', 'Seals over the journal', async () =>
      Number((await headOf(database))?.number ?? 0),
    );
    const unsealedAge = 'Age of the oldest journal entry that no seal covers';
    metrics.gauge('mpp_ledger_unsealed_age_seconds', unsealedAge, async () => {
      const since = await unsealedSince(database);
      return since === null ? 0 : Math.max(0, (clock.now().getTime() - since.getTime()) / 1000);
    });
  }
}
