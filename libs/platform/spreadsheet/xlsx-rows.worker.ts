import { on } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { streamXlsxRows } from 'hucre/xlsx';
import { type Entry, fromBuffer, type ZipFile } from 'yauzl';
import type { SheetRow, XlsxLimits } from './xlsx-rows.js';

/** Reads the rows of a workbook in a thread of its own. It imports packages alone, so that it runs as it stands. */
export interface Job {
  readonly content: Uint8Array;
  readonly limits: XlsxLimits;
  /** How many batches have been read, by whom they are for. */
  readonly read: Int32Array;
}

export type Report =
  | { readonly is: 'ROWS'; readonly rows: readonly SheetRow[] }
  | { readonly is: 'DONE' }
  | { readonly is: 'FAILED'; readonly reason: 'NOT_XLSX' | 'TOO_LARGE' | 'BROKEN'; readonly what: string };

const BATCH_ROWS = 250;
const BATCH_CHARS = 1024 * 1024;
/** Batches that are sent before the first of them was read. */
const AHEAD = 2;
const SHEET = /^xl\/worksheets\/[^/]+\.xml$/i;
const STRINGS = /^xl\/sharedStrings\.xml$/i;

class Refusal extends Error {
  readonly reason: 'NOT_XLSX' | 'TOO_LARGE' | 'BROKEN';
  constructor(reason: 'NOT_XLSX' | 'TOO_LARGE' | 'BROKEN', what: string) {
    super(what);
    this.reason = reason;
  }
}

const { content, limits, read } = workerData as Job;
let sent = 0;

try {
  const sheets = await demandHarmless();
  for (let sheet = 0; sheet < sheets; sheet++) if (await sendRows(sheet)) break;
  report({ is: 'DONE' });
} catch (error) {
  const what = error instanceof Error ? error.message : String(error);
  const reason = error instanceof Refusal ? error.reason : error instanceof RangeError ? 'TOO_LARGE' : 'BROKEN';
  report({ is: 'FAILED', reason, what });
}
parentPort?.close();

/**
 * How many sheets there are. The reader believes what it unpacks, so all parts that it keeps whole are unpacked here first,
 * and thrown away: an archive may declare less than it holds. Sheets are read as a stream, and none that declares too much.
 */
async function demandHarmless(): Promise<number> {
  let sheets = 0;
  let described = false;
  const zip = await opened();
  const entries = on(zip, 'entry', { close: ['end'] });
  zip.readEntry();
  for await (const [entry] of entries as AsyncIterable<[Entry]>) {
    const { fileName, uncompressedSize } = entry;
    described ||= fileName === '[Content_Types].xml';
    const isSheet = SHEET.test(fileName);
    if (isSheet) sheets++;
    const most = isSheet ? limits.sheetBytes : STRINGS.test(fileName) ? limits.sharedStringsBytes : limits.partBytes;
    if (uncompressedSize > most) throw new Refusal('TOO_LARGE', fileName);
    if (!isSheet && !fileName.endsWith('/')) await unpackAndForget(zip, entry);
    zip.readEntry();
  }
  if (!described) throw new Refusal('NOT_XLSX', 'an archive of something else');
  return sheets;
}

function opened(): Promise<ZipFile> {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  return new Promise((resolve, reject) => {
    fromBuffer(bytes, { lazyEntries: true, validateEntrySizes: true }, (error, zip) =>
      error ? reject(error) : resolve(zip),
    );
  });
}

function unpackAndForget(zip: ZipFile, entry: Entry): Promise<void> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) return reject(error);
      stream.on('end', resolve).on('error', reject).resume();
    });
  });
}

/** Whether the sheet had any. The thread stands still while nobody reads: the reader would go on without end. */
async function sendRows(sheet: number): Promise<boolean> {
  let batch: SheetRow[] = [];
  let [chars, allChars, last] = [0, 0, 0];
  for await (const { index, values } of streamXlsxRows(content, { sheet })) {
    const row = index + 1;
    if (!(row > last)) throw new Refusal('BROKEN', `row ${row} behind row ${last}`);
    last = row;
    const cells = values.slice(0, limits.columns) as SheetRow['cells'];
    for (const cell of cells) if (typeof cell === 'string') chars += cell.length;
    batch.push({ row, cells });
    if (batch.length < BATCH_ROWS && chars < BATCH_CHARS) continue;
    allChars += chars;
    if (allChars > limits.textChars) throw new Refusal('TOO_LARGE', 'more text than is read');
    send(batch);
    [batch, chars] = [[], 0];
  }
  if (batch.length > 0) send(batch);
  return last > 0;
}

function send(rows: readonly SheetRow[]): void {
  report({ is: 'ROWS', rows });
  sent++;
  for (let so = Atomics.load(read, 0); sent - so >= AHEAD; so = Atomics.load(read, 0)) Atomics.wait(read, 0, so);
}

function report(message: Report): void {
  parentPort?.postMessage(message);
}
