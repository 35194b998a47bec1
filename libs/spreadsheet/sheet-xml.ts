import { UnreadableWorkbook } from './unreadable-workbook.ts';
import type { Attributes, XmlReader } from './xml.ts';

/** How the cells of a style show their numbers, where that matters to what they say. */
export type CellStyle = 'DATE' | 'PERCENT' | null;

/** As it crosses from a worker: a date comes as its milliseconds. */
export type SentCell = string | number | boolean | null | { readonly moment: number };

export interface SentRow {
  readonly row: number;
  readonly cells: readonly SentCell[];
}

/** What Excel allows. */
const LONGEST_TEXT = 32_767;
const LAST_ROW = 1_048_576;

/** Strings lie in pages of bytes, outside the heap: there may be millions. Each begins with its length. */
const PAGE_BITS = 20;
const PAGE = 1 << PAGE_BITS;
const LENGTH_BYTES = 4;

/** The shared strings of a workbook, which cells name by their numbers. */
export class SharedStrings implements XmlReader {
  private readonly pages: Buffer[] = [];
  private starts = new Uint32Array(1024);
  private count = 0;
  private used = PAGE;
  private readonly string = new StringText();

  at(index: number): string {
    if (!(index >= 0 && index < this.count)) throw new Error('a cell that names no string');
    const start = this.starts[index] ?? 0;
    const page = this.pages[start >>> PAGE_BITS];
    if (page === undefined) throw new Error('a string on no page');
    const from = (start & (PAGE - 1)) + LENGTH_BYTES;
    return page.toString('utf8', from, from + page.readUInt32LE(from - LENGTH_BYTES));
  }

  open(name: string): void {
    if (name === 'si') this.string.clear();
    this.string.open(name);
  }

  text(text: string): void {
    this.string.take(text);
  }

  close(name: string): void {
    this.string.close(name);
    if (name === 'si') this.add(this.string.toString());
  }

  private add(text: string): void {
    const length = Buffer.byteLength(text);
    if (this.used + LENGTH_BYTES + length > PAGE) {
      this.pages.push(Buffer.allocUnsafeSlow(PAGE));
      this.used = 0;
    }
    const page = this.pages.at(-1) ?? Buffer.alloc(0);
    page.writeUInt32LE(length, this.used);
    page.write(text, this.used + LENGTH_BYTES);
    if (this.count === this.starts.length) {
      const more = new Uint32Array(this.count * 2);
      more.set(this.starts);
      this.starts = more;
    }
    this.starts[this.count++] = (this.pages.length - 1) * PAGE + this.used;
    this.used += LENGTH_BYTES + length;
  }
}

export interface SheetRules {
  /** By the numbers that cells name. */
  readonly styles: readonly CellStyle[];
  readonly epoch1904: boolean;
  /** Cells to the right of it are not read. */
  readonly columns: number;
}

/**
 * Tells the rows of one worksheet: values, and of formulas the value that was kept with them. Rows that hold nothing are
 * left out; the numbers of the others only go up.
 */
export class SheetXml implements XmlReader {
  private readonly rules: SheetRules;
  private readonly strings: Pick<SharedStrings, 'at'>;
  private readonly tell: (row: SentRow) => void;
  private isSheet = false;
  private inRows = false;
  private row = 0;
  private cells: SentCell[] = [];
  private column = 0;
  private type = '';
  private style: CellStyle = null;
  private readonly content = new StringText();

  constructor(rules: SheetRules, strings: Pick<SharedStrings, 'at'>, tell: (row: SentRow) => void) {
    this.rules = rules;
    this.strings = strings;
    this.tell = tell;
  }

  open(name: string, attributes: Attributes): void {
    if (name === 'worksheet') this.isSheet = true;
    else if (name === 'sheetData') this.inRows = this.isSheet;
    else if (!this.inRows) return;
    else if (name === 'row') this.openRow(attributes);
    else if (name === 'c') this.openCell(attributes);
    else this.content.open(name);
  }

  text(text: string): void {
    if (this.inRows) this.content.take(text);
  }

  close(name: string): void {
    if (name === 'sheetData') this.inRows = false;
    if (!this.inRows) return;
    if (name === 'c') this.closeCell();
    else if (name === 'row') this.closeRow();
    else this.content.close(name);
  }

  private openRow(attributes: Attributes): void {
    const number = attributes.r;
    const row = number === undefined ? this.row + 1 : Number(number);
    if (!Number.isInteger(row) || row <= this.row || row > LAST_ROW) throw new Error('rows out of their order');
    this.row = row;
    this.cells = [];
    this.column = 0;
  }

  private openCell(attributes: Attributes): void {
    const reference = attributes.r;
    this.column = reference === undefined ? this.column + 1 : columnOf(reference);
    this.type = attributes.t ?? 'n';
    this.style = this.rules.styles[Number(attributes.s ?? 0)] ?? null;
    this.content.clear();
  }

  private closeCell(): void {
    if (this.column > this.rules.columns) return;
    const value = this.value(this.content.toString());
    if (value === null) return;
    while (this.cells.length < this.column) this.cells.push(null);
    this.cells[this.column - 1] = value;
  }

  private closeRow(): void {
    if (this.cells.length > 0) this.tell({ row: this.row, cells: this.cells });
    this.cells = [];
  }

  private value(content: string): SentCell {
    if (content === '') return null;
    if (this.type === 's') return this.strings.at(Number(content)) || null;
    if (this.type === 'b') return content === '1' || content === 'true';
    if (this.type !== 'n') return content;
    const number = Number(content);
    if (!Number.isFinite(number)) return content;
    if (this.style === 'DATE') return { moment: dateCellMs(number, this.rules.epoch1904) };
    return this.style === 'PERCENT' ? `${Number((number * 100).toPrecision(15))}%` : number;
  }
}

/** Gathers what "v" and "t" hold. How a text is pronounced ("rPh") is no part of it, nor is a formula. */
class StringText {
  private parts = '';
  private isOpen = false;
  private isPronounced = false;

  clear(): void {
    this.parts = '';
    this.isOpen = false;
    this.isPronounced = false;
  }

  open(name: string): void {
    if (name === 'rPh') this.isPronounced = true;
    else if (name === 'v' || name === 't') this.isOpen = !this.isPronounced;
  }

  take(text: string): void {
    if (!this.isOpen) return;
    this.parts += text;
    if (this.parts.length > LONGEST_TEXT * 7) throw new UnreadableWorkbook('TOO_LARGE', 'a text that no cell can hold');
  }

  close(name: string): void {
    if (name === 'rPh') this.isPronounced = false;
    else if (name === 'v' || name === 't') this.isOpen = false;
  }

  /** Excel writes what XML cannot hold as _x0000_. */
  toString(): string {
    const text = this.parts.includes('_x')
      ? this.parts.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
      : this.parts;
    if (text.length > LONGEST_TEXT) throw new UnreadableWorkbook('TOO_LARGE', 'a text that no cell can hold');
    return text;
  }
}

/** From 1: the letters of "AB12" are 28. */
function columnOf(reference: string): number {
  let column = 0;
  for (let at = 0; at < reference.length && column < 100_000; at++) {
    const letter = (reference.charCodeAt(at) | 32) - 96;
    if (letter < 1 || letter > 26) break;
    column = column * 26 + letter;
  }
  if (column === 0) throw new Error('a cell without a column');
  return column;
}

const DAY_MS = 86_400_000;
const EPOCH_1900 = Date.UTC(1899, 11, 30);
const EPOCH_1904 = Date.UTC(1904, 0, 1);
/** Excel counts a 29 February 1900 that never was. */
const FIRST_OF_MARCH_1900 = 61;

function dateCellMs(days: number, epoch1904: boolean): number {
  const epoch = epoch1904 ? EPOCH_1904 : EPOCH_1900 + (days < FIRST_OF_MARCH_1900 ? DAY_MS : 0);
  return epoch + Math.round(days * DAY_MS);
}
