import { on } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { UnreadableWorkbook } from './unreadable-workbook.js';
import type { Job, Report } from './xlsx-rows.worker.js';

/** A number as it is kept; a date as its wall clock in the UTC fields. */
export type SheetCell = string | number | boolean | Date | null;

export interface SheetRow {
  /** As a spreadsheet numbers it, from 1. */
  readonly row: number;
  /** From column A to the last one that is there. */
  readonly cells: readonly SheetCell[];
}

/** What is read at most. */
export interface XlsxLimits {
  readonly fileBytes: number;
  /** Unpacked, of a sheet; of the table of strings that cells share; of each other part. */
  readonly sheetBytes: number;
  readonly sharedStringsBytes: number;
  readonly partBytes: number;
  /** Over all cells: a shared string may be named any number of times. */
  readonly textChars: number;
  /** Cells to the right of it are not read. */
  readonly columns: number;
}

const MIB = 1024 * 1024;

/** A million rows of a registry are 0.9 GiB of XML. */
export const XLSX_LIMITS: XlsxLimits = {
  fileBytes: 256 * MIB,
  sheetBytes: 2047 * MIB,
  sharedStringsBytes: 128 * MIB,
  partBytes: 4 * MIB,
  textChars: 2048 * MIB,
  columns: 256,
};

/** What lies beside this file is the same whether it is run from the sources or from what they are built to. */
const WORKER = new URL(`./xlsx-rows.worker${extname(import.meta.filename)}`, import.meta.url);
/** A workbook that needs more is refused; the process goes on. */
const MEMORY = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 4 };
const OLE = Buffer.from('d0cf11e0a1b11ae1', 'hex');
/** Excel keeps a workbook with a password as a stream of this name in an OLE file. */
const ENCRYPTED_STREAM = Buffer.from('EncryptedPackage', 'utf16le');

/**
 * The rows of the first sheet that has any, in batches, in their order. Formulas are not computed: the value that was kept
 * with them counts. Memory does not grow with the rows, and the work is done in a thread of its own: a million of them
 * are many seconds, for which payments do not wait. Throws {@link UnreadableWorkbook} before the first batch or after any.
 * Leave the loop, or abort, whenever you like: nothing stays open.
 *
 * `content` is handed over, not copied, where its memory is its own (a file just read): it is empty afterwards.
 */
export async function* rowsOfXlsx(
  content: Uint8Array,
  limits: XlsxLimits = XLSX_LIMITS,
  signal?: AbortSignal,
): AsyncGenerator<readonly SheetRow[]> {
  signal?.throwIfAborted();
  demandArchive(content, limits);
  const own = content.byteLength === content.buffer.byteLength ? content : new Uint8Array(content);
  const read = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const job: Job = { content: own, limits, read };
  const worker = new Worker(WORKER, {
    workerData: job,
    transferList: [own.buffer as ArrayBuffer],
    resourceLimits: MEMORY,
  });
  const acknowledge = () => {
    Atomics.add(read, 0, 1);
    Atomics.notify(read, 0);
  };
  try {
    for await (const [report] of on(worker, 'message', { signal, close: ['exit'] }) as AsyncIterable<[Report]>) {
      if (report.is === 'DONE') return;
      if (report.is === 'FAILED') throw new UnreadableWorkbook(report.reason, report.what);
      yield report.rows;
      acknowledge();
    }
    throw new Error('the thread that reads a workbook ended');
  } catch (error) {
    signal?.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') {
      throw new UnreadableWorkbook('TOO_LARGE', 'what it unpacks to');
    }
    throw error;
  } finally {
    await worker.terminate();
  }
}

function demandArchive(content: Uint8Array, limits: XlsxLimits): void {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (bytes.length > limits.fileBytes) throw new UnreadableWorkbook('TOO_LARGE', 'the file');
  if (bytes.subarray(0, OLE.length).equals(OLE)) {
    if (bytes.includes(ENCRYPTED_STREAM)) throw new UnreadableWorkbook('ENCRYPTED', 'a workbook with a password');
    throw new UnreadableWorkbook('NOT_XLSX', 'a file of an older program');
  }
  if (bytes.toString('latin1', 0, 2) !== 'PK') throw new UnreadableWorkbook('NOT_XLSX', 'no archive');
}
