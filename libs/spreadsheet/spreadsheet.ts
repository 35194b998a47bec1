import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { formatTiyn } from '@mpp/kernel';
import { writeXlsxStream } from 'hucre/xlsx';

/** A text, a moment, an amount in tiyn, or another number, such as a count or a rate. */
export type Cell = string | Date | bigint | number | null;

export interface Column {
  readonly header: string;
  readonly holds: 'text' | 'moment' | 'amount' | 'number';
  /** The number format of Excel, if not the default of the type. */
  readonly format?: string;
  /** In characters. */
  readonly width?: number;
}

export type Rows = AsyncIterable<readonly Cell[]>;

const FORMATS = { text: '@', moment: 'yyyy-mm-dd hh:mm:ss.000', amount: '0.00', number: '0' } as const;
const WIDTHS = { text: 24, moment: 23, amount: 16, number: 10 } as const;

/** A spreadsheet shows 15 digits of a number. */
const MAX_TIYN_AS_NUMBER = 10n ** 15n;

/**
 * An Excel file as a stream: memory does not grow with the rows. Amounts are numbers, exact as shown; those with more than 15
 * digits are texts. A text is never a formula. Moments are in UTC. The first `headRows` rows, the header included, are bold
 * and frozen.
 */
export function xlsxOf(name: string, columns: readonly Column[], rows: Rows, headRows = 1): Readable {
  const written = { rows: 0 };
  // The writer has styles of columns only, and reads them with each row.
  const described = columns.map(({ header, holds, format = FORMATS[holds], width = WIDTHS[holds] }) => {
    const head = { numFmt: format, font: { bold: true }, alignment: { wrapText: true, vertical: 'top' } } as const;
    const plain = { numFmt: format };
    return {
      header,
      width,
      get style() {
        return written.rows < headRows ? head : plain;
      },
    };
  });
  const stream = writeXlsxStream(excelRows(rows, written), {
    name,
    columns: described,
    freezePane: { rows: headRows },
  });
  return Readable.fromWeb(stream as ReadableStream<Uint8Array>);
}

async function* excelRows(rows: Rows, written: { rows: number }): AsyncGenerator<(string | number | Date | null)[]> {
  for await (const row of rows) {
    written.rows++;
    yield row.map((cell) => (typeof cell === 'bigint' ? excelAmount(cell) : cell));
  }
}

function excelAmount(tiyn: bigint): number | string {
  const text = formatTiyn(tiyn);
  return tiyn > -MAX_TIYN_AS_NUMBER && tiyn < MAX_TIYN_AS_NUMBER ? Number(text) : text;
}

/**
 * CSV as of RFC 4180, in UTF-8 with a byte order mark, which Excel needs. Amounts have a dot and two decimals, moments are ISO
 * 8601. A text that a spreadsheet would read as a formula gets a leading apostrophe.
 */
export function csvOf(columns: readonly Column[], rows: Rows): Readable {
  return Readable.from(csvLines(columns, rows), { objectMode: false });
}

/** Large chunks cost much less than one chunk per row. */
const CHUNK_LENGTH = 32 * 1024;

async function* csvLines(columns: readonly Column[], rows: Rows): AsyncGenerator<Buffer> {
  let chunk = `\uFEFF${csvLine(columns.map(({ header }) => header))}`;
  for await (const row of rows) {
    chunk += csvLine(row);
    if (chunk.length < CHUNK_LENGTH) continue;
    yield Buffer.from(chunk);
    chunk = '';
  }
  if (chunk !== '') yield Buffer.from(chunk);
}

function csvLine(row: readonly Cell[]): string {
  return `${row.map(csvCell).join(',')}\r\n`;
}

function csvCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'bigint') return formatTiyn(cell);
  if (typeof cell === 'number') return String(cell);
  if (typeof cell !== 'string') return cell.toISOString();
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
