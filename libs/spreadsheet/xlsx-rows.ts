import { on } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { SentRow } from './sheet-xml.js';
import { UnreadableWorkbook } from './unreadable-workbook.js';
import { XLSX_LIMITS, type XlsxLimits } from './xlsx-limits.js';
import type { Job, Report } from './xlsx-rows.worker.js';

/**
 * A stored value; a date has its wall clock in the UTC fields, a percentage is a text such as "0.5%". `unknown`: a formula whose value is
 * not in the file, or not valid.
 */
export type SheetCell = string | number | boolean | Date | { readonly unknown: true } | null;

export interface SheetRow {
  /** The number of the row in the sheet, from 1. */
  readonly row: number;
  /** From column A to the last cell with a value. */
  readonly cells: readonly SheetCell[];
}

/** Rows of one sheet. */
export interface SheetRows {
  /** The index among the visible sheets, from 0. */
  readonly sheet: number;
  readonly rows: readonly SheetRow[];
}

const WORKER = new URL(`./xlsx-rows.worker${extname(import.meta.filename)}`, import.meta.url);
const MEMORY = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 12 };

/**
 * The rows of the visible sheets, in order and in batches, without empty rows. Formulas are not
 * computed: their stored values are read. Runs in a thread of its own; memory does not grow with the rows. Throws
 * {@link UnreadableWorkbook} before or after any batch, and other errors if the file is missing, changes, or cannot be read.
 * The caller may leave the loop or abort at any time; nothing stays open.
 */
export async function* rowsOfXlsx(
  path: string,
  limits: XlsxLimits = XLSX_LIMITS,
  signal?: AbortSignal,
): AsyncGenerator<SheetRows> {
  signal?.throwIfAborted();
  const job: Job = { path, limits };
  const worker = new Worker(WORKER, { workerData: job, resourceLimits: MEMORY });
  try {
    for await (const [report] of on(worker, 'message', { signal, close: ['exit'] }) as AsyncIterable<[Report]>) {
      if (report.is === 'DONE') return;
      if (report.is === 'UNREADABLE') throw new UnreadableWorkbook(report.reason, report.what);
      yield { sheet: report.sheet, rows: report.rows.map(rowOf) };
      worker.postMessage('READ');
    }
    throw new Error('the thread that reads a workbook ended');
  } catch (error) {
    signal?.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY')
      throw new UnreadableWorkbook('TOO_LARGE', 'its unpacked content');
    throw error;
  } finally {
    await worker.terminate();
  }
}

function rowOf({ row, cells }: SentRow): SheetRow {
  return {
    row,
    cells: cells.map((cell) =>
      typeof cell === 'object' && cell !== null && 'moment' in cell ? new Date(cell.moment) : cell,
    ),
  };
}
