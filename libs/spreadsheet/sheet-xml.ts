import { UnreadableWorkbook } from './unreadable-workbook.ts';
import type { Attributes, XmlReader } from './xml.ts';

/** The number formats of cells that change the meaning of the number. */
export type CellStyle = 'DATE' | 'PERCENT' | null;

/** A cell as the worker sends it: a date as milliseconds. `unknown`: a formula whose value is not in the file. */
export type SentCell = string | number | boolean | null | { readonly moment: number } | { readonly unknown: true };

export interface SentRow {
  readonly row: number;
  readonly cells: readonly SentCell[];
}

/** The limits of Excel. */
const MAX_TEXT_LENGTH = 32_767;
const LAST_ROW = 1_048_576;

/** Strings are stored in pages outside the heap, because there may be millions; each begins with its length. */
const PAGE_BITS = 20;
const PAGE = 1 << PAGE_BITS;
const LENGTH_BYTES = 4;

/** The shared strings of a workbook, which cells refer to by index. */
export class SharedStrings implements XmlReader {
  private readonly pages: Buffer[] = [];
  private starts = new Uint32Array(1024);
  private count = 0;
  private used = PAGE;
  private readonly string = new StringText();

  stringAt(index: number): string {
    if (!(index >= 0 && index < this.count)) throw new Error('a cell with an unknown string');
    const start = this.starts[index] ?? 0;
    const page = this.pages[start >>> PAGE_BITS];
    if (page === undefined) throw new Error('a string without a page');
    const from = (start & (PAGE - 1)) + LENGTH_BYTES;
    return page.toString('utf8', from, from + page.readUInt32LE(from - LENGTH_BYTES));
  }

  open(name: string): void {
    if (name === 'si') this.string.clear();
    this.string.open(name);
  }

  text(text: string): void {
    this.string.append(text);
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
  /** By the style index of the cells. */
  readonly styles: readonly CellStyle[];
  readonly epoch1904: boolean;
  /** See Book. */
  readonly recalculates: boolean;
  /** Cells to the right of this column are not read. */
  readonly columns: number;
}

/** Emits the rows of one worksheet with values, of formulas the stored value, which can be unknown. Skips empty rows; row numbers increase. */
export class SheetXml implements XmlReader {
  private readonly rules: SheetRules;
  private readonly strings: Pick<SharedStrings, 'stringAt'>;
  private readonly emitRow: (row: SentRow) => void;
  private isSheet = false;
  private inRows = false;
  private row = 0;
  private cells: SentCell[] = [];
  private column = 0;
  private type = '';
  private style: CellStyle = null;
  private hasFormula = false;
  private hasValue = false;
  private readonly content = new StringText();

  constructor(rules: SheetRules, strings: Pick<SharedStrings, 'stringAt'>, emitRow: (row: SentRow) => void) {
    this.rules = rules;
    this.strings = strings;
    this.emitRow = emitRow;
  }

  open(name: string, attributes: Attributes): void {
    if (name === 'worksheet') this.isSheet = true;
    else if (name === 'sheetData') this.inRows = this.isSheet;
    else if (!this.inRows) return;
    else if (name === 'row') this.openRow(attributes);
    else if (name === 'c') this.openCell(attributes);
    else {
      if (name === 'f') this.hasFormula = true;
      if (name === 'v') this.hasValue = true;
      this.content.open(name);
    }
  }

  text(text: string): void {
    if (this.inRows) this.content.append(text);
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
    if (!Number.isInteger(row) || row <= this.row || row > LAST_ROW) throw new Error('rows out of order');
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
    this.hasFormula = false;
    this.hasValue = false;
  }

  private closeCell(): void {
    if (this.column > this.rules.columns) return;
    const content = this.content.toString();
    const value = this.hasFormula && this.isUnknown(content) ? UNKNOWN : this.value(content);
    if (value === null) return;
    while (this.cells.length < this.column) this.cells.push(null);
    this.cells[this.column - 1] = value;
  }

  private closeRow(): void {
    if (this.cells.length > 0) this.emitRow({ row: this.row, cells: this.cells });
    this.cells = [];
  }

  /** A formula can have the empty text as its value; a number it always shows. */
  private isUnknown(content: string): boolean {
    return this.rules.recalculates || (content === '' && !(this.type === 'str' && this.hasValue));
  }

  private value(content: string): SentCell {
    if (content === '') return null;
    if (this.type === 's') return this.strings.stringAt(Number(content)) || null;
    if (this.type === 'b') return content === '1' || content === 'true';
    if (this.type !== 'n') return content;
    const number = Number(content);
    if (!Number.isFinite(number)) return content;
    if (this.style === 'DATE') return { moment: dateCellMs(number, this.rules.epoch1904) };
    return this.style === 'PERCENT' ? `${Number((number * 100).toPrecision(15))}%` : number;
  }
}

const UNKNOWN = { unknown: true } as const;

/** Collects the content of "v" and "t" elements, without pronunciation ("rPh") and formulas. */
class StringText {
  private parts = '';
  private isOpen = false;
  private inPronunciation = false;

  clear(): void {
    this.parts = '';
    this.isOpen = false;
    this.inPronunciation = false;
  }

  open(name: string): void {
    if (name === 'rPh') this.inPronunciation = true;
    else if (name === 'v' || name === 't') this.isOpen = !this.inPronunciation;
  }

  append(text: string): void {
    if (!this.isOpen) return;
    this.parts += text;
    if (this.parts.length > MAX_TEXT_LENGTH * 7)
      throw new UnreadableWorkbook('TOO_LARGE', 'a text that is too long for a cell');
  }

  close(name: string): void {
    if (name === 'rPh') this.inPronunciation = false;
    else if (name === 'v' || name === 't') this.isOpen = false;
  }

  /** Excel writes characters that XML cannot contain as _x0000_. */
  toString(): string {
    const text = this.parts.includes('_x')
      ? this.parts.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
      : this.parts;
    if (text.length > MAX_TEXT_LENGTH) throw new UnreadableWorkbook('TOO_LARGE', 'a text that is too long for a cell');
    return text;
  }
}

/** The column number from 1: 28 for "AB12". */
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
/** Excel counts a 29 February 1900, which did not exist. */
const FIRST_OF_MARCH_1900 = 61;

function dateCellMs(days: number, epoch1904: boolean): number {
  const epoch = epoch1904 ? EPOCH_1904 : EPOCH_1900 + (days < FIRST_OF_MARCH_1900 ? DAY_MS : 0);
  return epoch + Math.round(days * DAY_MS);
}
