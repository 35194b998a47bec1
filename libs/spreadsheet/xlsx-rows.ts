import { on } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { SentRow } from './sheet-xml.js';
import { UnreadableWorkbook } from './unreadable-workbook.js';
import { XLSX_LIMITS, type XlsxLimits } from './xlsx-limits.js';
import type { Job, Report } from './xlsx-rows.worker.js';

/** A number as it is kept, a date as its wall clock in the UTC fields, a share shown in percent as a text like "0.5%". */
export type SheetCell = string | number | boolean | Date | null;

export interface SheetRow {
  /** As a spreadsheet numbers it, from 1. */
  readonly row: number;
  /** From column A to the last one that holds something. */
  readonly cells: readonly SheetCell[];
}

const WORKER = new URL(`./xlsx-rows.worker${extname(import.meta.filename)}`, import.meta.url);
const MEMORY = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 12 };

/**
 * The rows of the first sheet that is shown and holds anything, in batches, in their order; rows that hold nothing are
 * left out. Formulas are not computed: the value that was kept with them counts. The file is read where it lies, and
 * memory does not grow with its rows; the work is done in a thread of its own. Throws {@link UnreadableWorkbook} before
 * the first batch or after any, and other errors where the workbook is not to blame: the file is not there, the disk
 * fails, somebody changes it. Leave the loop, or abort, whenever you like: nothing stays open.
 */
export async function* rowsOfXlsx(
  path: string,
  limits: XlsxLimits = XLSX_LIMITS,
  signal?: AbortSignal,
): AsyncGenerator<readonly SheetRow[]> {
  signal?.throwIfAborted();
  const job: Job = { path, limits };
  const worker = new Worker(WORKER, { workerData: job, resourceLimits: MEMORY });
  try {
    for await (const [report] of on(worker, 'message', { signal, close: ['exit'] }) as AsyncIterable<[Report]>) {
      if (report.is === 'DONE') return;
      if (report.is === 'UNREADABLE') throw new UnreadableWorkbook(report.reason, report.what);
      yield report.rows.map(received);
      worker.postMessage('READ');
    }
    throw new Error('the thread that reads a workbook ended');
  } catch (error) {
    signal?.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY')
      throw new UnreadableWorkbook('TOO_LARGE', 'what it unpacks to');
    throw error;
  } finally {
    await worker.terminate();
  }
}

function received({ row, cells }: SentRow): SheetRow {
  return {
    row,
    cells: cells.map((cell) => (typeof cell === 'object' && cell !== null ? new Date(cell.moment) : cell)),
  };
}
