import { open } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Archive, readBytes } from './archive.ts';
import { type SentRow, SharedStrings, SheetXml } from './sheet-xml.ts';
import { type UnreadableReason, UnreadableWorkbook } from './unreadable-workbook.ts';
import { type Book, readBook } from './workbook.ts';
import type { XlsxLimits } from './xlsx-limits.ts';
import { Xml } from './xml.ts';

/**
 * Reads the rows of a workbook in a thread of its own: a million rows are many seconds of work, which must not delay payments.
 * In tests, Node runs this file and its imports without a build: their paths end in ".ts".
 */
export interface Job {
  readonly path: string;
  readonly limits: XlsxLimits;
}

export type Report =
  | { readonly is: 'ROWS'; readonly sheet: number; readonly rows: readonly SentRow[] }
  | { readonly is: 'DONE' }
  | { readonly is: 'UNREADABLE'; readonly reason: UnreadableReason; readonly what: string };

const BATCH_ROWS = 50;
const BATCH_CHARS = 1 << 20;
/** The number of batches that are sent before the first is read. */
const MAX_UNREAD = 2;

const OLE = Buffer.from('d0cf11e0a1b11ae1', 'hex');
/** Excel stores a workbook with a password as a stream with this name in an OLE file. */
const ENCRYPTED_STREAM = Buffer.from('EncryptedPackage', 'utf16le');

const { path, limits } = workerData as Job;
let unread = 0;
/** Of the texts of all cells. */
let allChars = 0;
let resume: (() => void) | null = null;

parentPort?.on('message', () => {
  unread -= 1;
  resume?.();
});

const file = await open(path);
const { size } = await file.stat();
try {
  await requireArchive();
  await sendRows(await Archive.open(file, size));
  report({ is: 'DONE' });
} catch (error) {
  const { reason, what } = await toUnreadable(error as Error);
  report({ is: 'UNREADABLE', reason, what });
} finally {
  await file.close();
}
parentPort?.close();

async function requireArchive(): Promise<void> {
  if (size > limits.fileBytes) throw new UnreadableWorkbook('TOO_LARGE', 'the file');
  const { buffer: head } = await file.read(Buffer.alloc(OLE.length), 0, OLE.length, 0);
  if (head.equals(OLE)) {
    if (await fileContains(ENCRYPTED_STREAM)) throw new UnreadableWorkbook('ENCRYPTED', 'a workbook with a password');
    throw new UnreadableWorkbook('NOT_XLSX', 'a file of an older program');
  }
  if (head.toString('latin1', 0, 2) !== 'PK') throw new UnreadableWorkbook('NOT_XLSX', 'not an archive');
}

async function fileContains(bytes: Buffer): Promise<boolean> {
  let last: Buffer = Buffer.alloc(0);
  for await (const chunk of readBytes(file, 0, size)) {
    if (Buffer.concat([last, chunk]).includes(bytes)) return true;
    last = chunk.subarray(-bytes.length);
  }
  return false;
}

async function sendRows(archive: Archive): Promise<void> {
  const book = await readBook(archive, limits);
  const strings = new SharedStrings();
  if (book.strings !== null) {
    const xml = new Xml(strings);
    for await (const chunk of archive.readText(book.strings)) xml.push(chunk);
    xml.end();
  }
  for (const [index, sheet] of book.sheets.entries()) await readSheet(index, archive.readText(sheet), book, strings);
}

async function readSheet(
  sheet: number,
  text: AsyncIterable<string>,
  book: Book,
  strings: SharedStrings,
): Promise<void> {
  let batch: SentRow[] = [];
  let chars = 0;
  const full: SentRow[][] = [];
  const xml = new Xml(
    new SheetXml({ ...book, columns: limits.columns }, strings, (row) => {
      batch.push(row);
      for (const cell of row.cells) if (typeof cell === 'string') chars += cell.length;
      if (batch.length < BATCH_ROWS && chars < BATCH_CHARS) return;
      allChars += chars;
      if (allChars > limits.textChars) throw new UnreadableWorkbook('TOO_LARGE', 'its text');
      full.push(batch);
      batch = [];
      chars = 0;
    }),
  );
  for await (const chunk of text) {
    xml.push(chunk);
    for (const rows of full.splice(0)) await sendBatch(sheet, rows);
  }
  xml.end();
  if (batch.length > 0) await sendBatch(sheet, batch);
}

async function sendBatch(sheet: number, rows: readonly SentRow[]): Promise<void> {
  report({ is: 'ROWS', sheet, rows });
  unread += 1;
  while (unread >= MAX_UNREAD)
    await new Promise<void>((resolve) => {
      resume = resolve;
    });
}

/** An error of the workbook. Throws an error of the disk, and one if the file changed. */
async function toUnreadable(error: Error): Promise<UnreadableWorkbook> {
  if (error instanceof UnreadableWorkbook) return error;
  if ('syscall' in error) throw error;
  if ((await file.stat()).size !== size) throw new Error('the file changed while it was read', { cause: error });
  return new UnreadableWorkbook('BROKEN', error.message);
}

function report(message: Report): void {
  parentPort?.postMessage(message);
}
