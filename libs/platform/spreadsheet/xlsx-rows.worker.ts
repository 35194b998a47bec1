import { extname } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { parentPort, workerData } from 'node:worker_threads';
import { crc32, createInflateRaw } from 'node:zlib';
import type { SentRow } from './sheet-xml.js';
import type { Book } from './workbook.js';
import type { ZipPart } from './zip.js';

/**
 * Reads the rows of a workbook in a thread of its own: a million of them are many seconds of work, and payments do not
 * wait for them. Started from the sources (tests) it loads what lies beside it from there, else from what they are built to.
 */
export interface Job {
  readonly content: Uint8Array;
  readonly book: Book;
  /** Over all cells: strings that are shared may be named any number of times. */
  readonly textChars: number;
  readonly columns: number;
}

export type Report =
  | { readonly is: 'ROWS'; readonly rows: readonly SentRow[] }
  | { readonly is: 'DONE' }
  | { readonly is: 'FAILED'; readonly reason: 'TOO_LARGE' | 'BROKEN'; readonly what: string };

const beside = extname(import.meta.filename);
const { Markup } = (await import(`./markup${beside}`)) as typeof import('./markup.js');
const { SharedStrings, SheetXml } = (await import(`./sheet-xml${beside}`)) as typeof import('./sheet-xml.js');

const BATCH_ROWS = 500;
const BATCH_CHARS = 1 << 20;
/** Batches that are sent before the first of them was read. */
const AHEAD = 4;
const CHUNK = 32 * 1024;

const { content, book, textChars, columns } = workerData as Job;
const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
let unread = 0;
let resume: (() => void) | null = null;

parentPort?.on('message', () => {
  unread -= 1;
  resume?.();
});

try {
  await readBook();
  report({ is: 'DONE' });
} catch (error) {
  const what = error instanceof Error ? error.message : String(error);
  report({ is: 'FAILED', reason: error instanceof RangeError ? 'TOO_LARGE' : 'BROKEN', what });
}
parentPort?.close();

async function readBook(): Promise<void> {
  const strings = new SharedStrings();
  if (book.strings !== null) {
    const markup = new Markup(strings);
    for await (const piece of unpacked(book.strings)) markup.push(piece);
    markup.end();
  }
  for (const sheet of book.sheets) if (await readSheet(sheet, strings)) return;
}

/** Whether it held anything. */
async function readSheet(sheet: ZipPart, strings: InstanceType<typeof SharedStrings>): Promise<boolean> {
  let any = false;
  let batch: SentRow[] = [];
  let chars = 0;
  let allChars = 0;
  const full: SentRow[][] = [];
  const markup = new Markup(
    new SheetXml({ styles: book.styles, epoch1904: book.epoch1904, columns }, strings, (row) => {
      any = true;
      batch.push(row);
      for (const cell of row.cells) if (typeof cell === 'string') chars += cell.length;
      if (batch.length < BATCH_ROWS && chars < BATCH_CHARS) return;
      allChars += chars;
      if (allChars > textChars) throw new RangeError('more text than is read');
      full.push(batch);
      batch = [];
      chars = 0;
    }),
  );
  for await (const piece of unpacked(sheet)) {
    markup.push(piece);
    for (const rows of full.splice(0)) await send(rows);
  }
  markup.end();
  if (batch.length > 0) await send(batch);
  return any;
}

/** The part piece by piece, never more than it declares. */
async function* unpacked(part: ZipPart): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let size = 0;
  let sum = 0;
  for await (const chunk of chunksOf(part)) {
    size += chunk.length;
    if (size > part.size) throw new Error('a part that unpacks to more than it declares');
    sum = crc32(chunk, sum);
    yield decoder.write(chunk);
  }
  if (size !== part.size || sum !== part.crc) throw new Error('a part that is not what it declares');
  yield decoder.end();
}

async function* chunksOf({ start, packed, deflated }: ZipPart): AsyncGenerator<Buffer> {
  if (deflated) {
    const inflate = createInflateRaw({ chunkSize: CHUNK });
    inflate.end(bytes.subarray(start, start + packed));
    yield* inflate;
  } else
    for (let at = start; at < start + packed; at += CHUNK)
      yield bytes.subarray(at, Math.min(at + CHUNK, start + packed));
}

async function send(rows: readonly SentRow[]): Promise<void> {
  report({ is: 'ROWS', rows });
  unread += 1;
  while (unread >= AHEAD)
    await new Promise<void>((resolve) => {
      resume = resolve;
    });
}

function report(message: Report): void {
  parentPort?.postMessage(message);
}
