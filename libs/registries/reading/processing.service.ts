import { Alerts } from '@mpp/alerts';
import { WorkingCalendar } from '@mpp/calendar';
import { addMilliseconds, businessDayOf, Clock, type DayRange } from '@mpp/kernel';
import { BackgroundWork, Database, inTemporaryFile, isDatabaseAway, isTransient, type Queryable } from '@mpp/platform';
import { rowsOfXlsx, UnreadableWorkbook, XLSX_LIMITS } from '@mpp/spreadsheet';
import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { groupBefore, periodOf } from '../domain/period.js';
import { NotARegistry } from '../domain/registry-header.js';
import type { RegistryKind, RegistryRow, RowError, StatedTotals } from '../domain/registry-row.js';
import { RegistrySheet, type Taken } from '../domain/registry-sheet.js';
import { Reconciliation } from '../matching/reconciliation.service.js';
import { countByDay } from '../persistence/covered-days.js';
import { type Claimed, RegistriesRepository } from '../persistence/registries.repository.js';
import { insertRowErrors, insertRows, sumsOf } from '../persistence/rows.js';

const POLL_MS = 2000;
/** Longer than a batch of rows and its commit take, by far; a process that is gone for so long has lost the registry. */
const LEASE_MS = 120_000;
/** What cannot be finished is tried again after so long, and given up after so many times. */
const AGAIN_AFTER_MS = 30_000;
const MOST_ATTEMPTS = 10;
const GIVEN_UP = 'GIVEN_UP';
const BATCH_ROWS = 300;

/** Told as the work goes on; `of` is null until the file has said how many there are. */
export type Progress = (rows: number, of: number | null) => void;

/** Reads registries that have come in, compares them, and says so; each by one process at a time, whichever has time. */
@Injectable()
export class RegistryProcessing {
  private readonly log = new Logger('Registries');

  constructor(
    private readonly database: Database,
    private readonly registries: RegistriesRepository,
    private readonly reconciliation: Reconciliation,
    private readonly calendar: WorkingCalendar,
    private readonly alerts: Alerts,
    private readonly clock: Clock,
    private readonly background: BackgroundWork,
  ) {
    background.register({
      name: 'registries',
      everyMs: POLL_MS,
      work: () => this.drainOnce(),
      log: this.log,
      fails: 'registries cannot be read',
      worksAgain: 'registries are read again',
    });
  }

  /** Reads all that wait, one after the other, and returns how many. The schedule calls it, and tests do. */
  async drainOnce(): Promise<number> {
    for (let done = 0; ; done++) {
      if (this.background.stopping.aborted || !(await this.next(null, () => {}))) return done;
    }
  }

  /** Reads this one now, unless another process is at it: then false. */
  async process(id: string, progress: Progress): Promise<boolean> {
    return this.next(id, progress);
  }

  private async next(id: string | null, progress: Progress): Promise<boolean> {
    const now = this.clock.now();
    const lease = uuidv7();
    const claimed = await this.registries.claim(lease, now, addMilliseconds(now, LEASE_MS), id);
    if (claimed === null) return false;
    try {
      if (claimed.attempts > MOST_ATTEMPTS) throw new GivenUp('it ended the process that read it, each time');
      await this.work(claimed, lease, progress);
    } catch (error) {
      await this.putAside(claimed, lease, error as Error);
    }
    return true;
  }

  private async work(claimed: Claimed, lease: string, progress: Progress): Promise<void> {
    const { kind, totals } = await inTemporaryFile(this.registries.content(claimed.id), (path) =>
      this.read(path, claimed, lease, progress),
    );
    await this.reconciliation.settleDoubts(claimed.id);
    await this.database.longTransaction(async (tx) => {
      await this.demandLease(tx, claimed.id, lease);
      await this.registries.compareAlone(tx);
      await this.registries.keepHead(tx, claimed.id, kind, totals);
      await this.reconciliation.pairRefunds(tx, claimed.id, null);
      const period = await this.periodOf(tx, claimed.id, kind);
      await this.registries.reconciled(
        tx,
        claimed.id,
        { kind, period, sums: await sumsOf(tx, claimed.id) },
        this.clock.now(),
      );
      await this.reconciliation.compare(tx, claimed.id);
    });
    this.log.log(`registry ${claimed.id} is reconciled: ${kind}`);
    await this.reconciliation.lookAgain();
  }

  /** A registry without operations does not say what it is about: the days before it came. */
  private async periodOf(tx: Queryable, id: string, kind: RegistryKind): Promise<DayRange> {
    const calendar = await this.calendar.readWorkingDays();
    const registry = await this.registries.lock(tx, id);
    if (registry === null) throw new Error(`registry ${id} is gone`);
    return (
      periodOf(kind, await countByDay(tx, id), calendar) ??
      groupBefore(kind, businessDayOf(registry.receivedAt), calendar)
    );
  }

  /** Rows are kept in batches, each with how far it goes: whoever goes on after a crash reads on from there. */
  private async read(path: string, claimed: Claimed, lease: string, progress: Progress): Promise<Head> {
    const sheet = new RegistrySheet();
    let totals: StatedTotals | null = null;
    let batch = new Batch(claimed.readTo);
    const keep = async () => {
      const { rows, errors, readTo } = batch;
      batch = new Batch(readTo);
      await this.database.transaction(async (tx) => {
        await this.demandLease(tx, claimed.id, lease);
        await insertRows(tx, claimed.id, rows);
        await insertRowErrors(tx, claimed.id, errors);
        const until = addMilliseconds(this.clock.now(), LEASE_MS);
        await this.registries.keepProgress(tx, claimed.id, rows.length, readTo, until);
      });
    };
    let read = 0;
    for await (const rows of rowsOfXlsx(path, XLSX_LIMITS, this.background.stopping)) {
      for (const row of rows) {
        const taken = sheet.take(row);
        if (taken.is === 'TOTALS' && says(taken.totals)) totals = taken.totals;
        if (taken.is === 'OPERATION') read++;
        batch.add(row.row, taken);
        if (batch.rows.length >= BATCH_ROWS || batch.errors.length >= BATCH_ROWS) await keep();
      }
      progress(read, totals?.rows ?? null);
    }
    sheet.end();
    await keep();
    return { kind: sheet.kind as RegistryKind, totals };
  }

  private async demandLease(tx: Queryable, id: string, lease: string): Promise<void> {
    if (!(await this.registries.hold(tx, id, lease))) throw new LeaseLost(`another process reads registry ${id} now`);
  }

  /** A file that is no registry is FAILED; what is not its fault is tried again, and given up in the end. */
  private async putAside({ id, attempts }: Claimed, lease: string, error: Error): Promise<void> {
    if (error instanceof LeaseLost) return this.log.warn(error.message);
    // What is no fault of the file or of ours is no attempt: the server stops, or the database is away.
    const counts = !this.background.stopping.aborted && !isTransient(error) && !isDatabaseAway(error);
    const failure = failureOf(error) ?? (counts && attempts >= MOST_ATTEMPTS ? GIVEN_UP : null);
    if (failure === null) {
      await this.registries.release(id, lease, addMilliseconds(this.clock.now(), AGAIN_AFTER_MS), counts);
      if (this.background.stopping.aborted) return;
      throw error;
    }
    const failed = await this.database.transaction(async (tx) => {
      // It was finished, and something after that failed; or another process has it.
      if (!(await this.registries.hold(tx, id, lease))) return false;
      await this.registries.fail(tx, id, failure);
      await this.alerts.raise(tx, [{ kind: 'REGISTRY_FAILED', subject: id, details: { failure } }]);
      return true;
    });
    if (!failed) throw error;
    this.log.error(`registry ${id} is FAILED: ${failure}${failure === GIVEN_UP ? `, ${error.message}` : ''}`);
  }
}

class LeaseLost extends Error {}
class GivenUp extends Error {}

/** What the file says of itself. */
interface Head {
  readonly kind: RegistryKind;
  readonly totals: StatedTotals | null;
}

/** Rows that were read and are not kept yet. */
class Batch {
  readonly rows: RegistryRow[] = [];
  readonly errors: RowError[] = [];

  /** What comes up to that row of the sheet is kept already. */
  constructor(public readTo: number) {}

  add(row: number, taken: Taken): void {
    if (row <= this.readTo) return;
    this.readTo = row;
    if (taken.is === 'OPERATION') this.rows.push(taken.row);
    if (taken.is === 'OPERATION' || taken.is === 'TOTALS') this.errors.push(...taken.errors);
  }
}

/** A line under the table may be called so too. */
function says({ rows, amount, fee }: StatedTotals): boolean {
  return rows !== null || amount !== null || fee !== null;
}

function failureOf(error: Error): string | null {
  if (error instanceof GivenUp) return GIVEN_UP;
  if (error instanceof UnreadableWorkbook) return error.reason;
  if (error instanceof NotARegistry) return error.column === null ? error.reason : `${error.reason}: ${error.column}`;
  return null;
}
