import { Alerts } from '@mpp/alerts';
import { WorkingCalendar } from '@mpp/calendar';
import { addMilliseconds, businessDayOf, Clock } from '@mpp/kernel';
import { BackgroundWork, inTemporaryFile, isTemporary, type Queryable, ReportDatabase } from '@mpp/platform';
import { rowsOfXlsx, UnreadableWorkbook, XLSX_LIMITS } from '@mpp/spreadsheet';
import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { groupBefore, periodOf } from '../domain/period.js';
import { GIVEN_UP } from '../domain/registry.js';
import { NotARegistry } from '../domain/registry-header.js';
import type { RegistryKind, RegistryRow, RowError, StatedTotals } from '../domain/registry-row.js';
import { RegistrySheet, type RowContent } from '../domain/registry-sheet.js';
import { Reconciliation } from '../matching/reconciliation.service.js';
import { countOperationsByDay } from '../persistence/operation-days.js';
import { type ClaimedRegistry, ProcessingRepository } from '../persistence/processing.repository.js';
import { RegistriesRepository } from '../persistence/registries.repository.js';
import { insertRowErrors, insertRows, sumRows } from '../persistence/row-matching.js';

const POLL_MS = 2000;
/** Much longer than a batch of rows and its commit take. */
const LEASE_MS = 120_000;
const RETRY_AFTER_MS = 30_000;
const MAX_ATTEMPTS = 10;
const BATCH_ROWS = 300;

/** Called with the number of operations read; `total` is null before the row “Итоги”. */
export type Progress = (rows: number, total: number | null) => void;

/** Reads and compares received registries, each in one process at a time. */
@Injectable()
export class RegistryProcessing {
  private readonly log = new Logger('Registries');

  constructor(
    private readonly database: ReportDatabase,
    private readonly files: RegistriesRepository,
    private readonly registries: ProcessingRepository,
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

  /** Processes all waiting registries, one after the other, and returns how many. */
  async drainOnce(): Promise<number> {
    for (let done = 0; ; done++) {
      if (this.background.stopping.aborted || !(await this.processNext(null, () => {}))) return done;
    }
  }

  /** Processes this registry now; false if another process has it. */
  async processRegistry(id: string, progress: Progress): Promise<boolean> {
    return this.processNext(id, progress);
  }

  private async processNext(id: string | null, progress: Progress): Promise<boolean> {
    const now = this.clock.now();
    const lease = uuidv7();
    const claimed = await this.registries.claimRegistry(lease, now, LEASE_MS, id);
    if (claimed === null) return false;
    try {
      if (claimed.attempts > MAX_ATTEMPTS) throw new GivenUp('each process that read it ended');
      await this.reconcile(claimed, lease, progress);
    } catch (error) {
      await this.handleFailure(claimed, lease, error as Error);
    }
    return true;
  }

  private async reconcile(claimed: ClaimedRegistry, lease: string, progress: Progress): Promise<void> {
    const { id } = claimed;
    const { kind, totals } = await inTemporaryFile(this.files.readContent(id), (path) =>
      this.readFile(path, claimed, lease, progress),
    );
    await this.reconciliation.settleDoubts(id);
    const calendar = await this.calendar.readWorkingDays(this.database.manager);
    await this.database.longTransaction(async (tx) => {
      await this.requireLease(tx, id, lease);
      await this.registries.lockComparison(tx);
      await this.registries.saveKindAndTotals(tx, id, kind, totals);
      await this.reconciliation.pairRefunds(tx, id, null);
      const receivedOn = businessDayOf(await this.registries.lockRegistry(tx, id));
      // A registry without operations covers the days before it was received.
      const period =
        periodOf(kind, await countOperationsByDay(tx, id), calendar) ?? groupBefore(kind, receivedOn, calendar);
      const sums = await sumRows(tx, id);
      await this.registries.saveReconciled(tx, id, { kind, period, sums }, this.clock.now());
      await this.reconciliation.compareRegistry(tx, id);
    });
    this.log.log(`registry ${id} is reconciled: ${kind}`);
    await this.reconciliation.recheckDiscrepancies();
  }

  /** Stores rows in batches, each with its last row: after a crash, reading continues from there. */
  private async readFile(
    path: string,
    claimed: ClaimedRegistry,
    lease: string,
    progress: Progress,
  ): Promise<KindAndTotals> {
    const sheet = new RegistrySheet();
    let totals: StatedTotals | null = null;
    let isNamed = false;
    let batch = new Batch(claimed.readTo);
    const saveBatch = async () => {
      const { rows, errors, readTo } = batch;
      batch = new Batch(readTo);
      await this.database.transaction(async (tx) => {
        await this.requireLease(tx, claimed.id, lease);
        await insertRows(tx, claimed.id, rows);
        await insertRowErrors(tx, claimed.id, errors);
        const until = addMilliseconds(this.clock.now(), LEASE_MS);
        await this.registries.saveProgress(tx, claimed.id, rows.length, readTo, until);
      });
    };
    let operations = 0;
    for await (const { sheet: index, rows } of rowsOfXlsx(path, XLSX_LIMITS, this.background.stopping)) {
      sheet.beginSheet(index);
      for (const row of rows) {
        const content = sheet.readRow(row);
        // “Итоги” count before other sums, such as those of a page.
        if (content.is === 'TOTALS' && hasValue(content.totals) && (content.named || !isNamed)) {
          totals = content.totals;
          isNamed = content.named;
        }
        if (content.is === 'OPERATION') operations++;
        if (sheet.isRegistry) batch.add(row.row, content);
        if (batch.rows.length >= BATCH_ROWS || batch.errors.length >= BATCH_ROWS) await saveBatch();
      }
      progress(operations, totals?.rows ?? null);
    }
    sheet.requireHeader();
    await saveBatch();
    return { kind: sheet.kind as RegistryKind, totals };
  }

  private async requireLease(tx: Queryable, id: string, lease: string): Promise<void> {
    if (!(await this.registries.lockLease(tx, id, lease))) {
      throw new LeaseLost(`another process reads registry ${id} now`);
    }
  }

  /** A file that is not a registry is FAILED at once; after other errors the registry is retried, and given up in the end. */
  private async handleFailure({ id, attempts }: ClaimedRegistry, lease: string, error: Error): Promise<void> {
    if (error instanceof LeaseLost) return this.log.warn(error.message);
    // A stop of the server or an unavailable database does not count as an attempt.
    const counts = !this.background.stopping.aborted && !isTemporary(error);
    const failure = failureOf(error) ?? (counts && attempts >= MAX_ATTEMPTS ? GIVEN_UP : null);
    if (failure === null) {
      await this.registries.releaseRegistry(id, lease, addMilliseconds(this.clock.now(), RETRY_AFTER_MS), counts);
      if (this.background.stopping.aborted) return;
      throw error;
    }
    const failed = await this.database.transaction(async (tx) => {
      // The registry is reconciled and a later step failed, or another process has it.
      if (!(await this.registries.lockLease(tx, id, lease))) return false;
      await this.registries.saveFailure(tx, id, failure);
      await this.alerts.raiseAlerts(tx, [{ kind: 'REGISTRY_FAILED', subject: id, details: { failure } }]);
      return true;
    });
    if (!failed) throw error;
    this.log.error(`registry ${id} is FAILED: ${failure}${failure === GIVEN_UP ? `, ${error.message}` : ''}`);
  }
}

class LeaseLost extends Error {}
class GivenUp extends Error {}

interface KindAndTotals {
  readonly kind: RegistryKind;
  readonly totals: StatedTotals | null;
}

/** Rows that are read and not stored yet. */
class Batch {
  readonly rows: RegistryRow[] = [];
  readonly errors: RowError[] = [];

  /** Rows of the sheet up to `readTo` are stored already. */
  constructor(public readTo: number) {}

  add(row: number, content: RowContent): void {
    if (row <= this.readTo) return;
    this.readTo = row;
    if (content.is === 'OPERATION') this.rows.push(content.row);
    if (content.is === 'OPERATION' || content.is === 'TOTALS') this.errors.push(...content.errors);
  }
}

/** A line below the table may be called “Итоги” too. */
function hasValue({ rows, amount, fee }: StatedTotals): boolean {
  return rows !== null || amount !== null || fee !== null;
}

function failureOf(error: Error): string | null {
  if (error instanceof GivenUp) return GIVEN_UP;
  if (error instanceof UnreadableWorkbook) return error.reason;
  if (error instanceof NotARegistry) return error.column === null ? error.reason : `${error.reason}: ${error.column}`;
  return null;
}
