import { type AttributeName, type Attributes, Markup } from './markup.js';
import type { CellStyle } from './sheet-xml.js';
import { UnreadableWorkbook } from './unreadable-workbook.js';
import { unpack, type ZipPart, zipPartsOf } from './zip.js';

/** What is read at most. Bytes are counted unpacked, as the file declares them, before anything is unpacked. */
export interface XlsxLimits {
  readonly fileBytes: number;
  readonly sheetBytes: number;
  readonly sharedStringsBytes: number;
  /** Of each of the small parts: which sheets there are, what styles. */
  readonly partBytes: number;
  /** Over all cells. */
  readonly textChars: number;
  /** Cells to the right of it are not read. */
  readonly columns: number;
}

const MIB = 1024 * 1024;

/** A million rows of a registry are 0.9 GiB of XML. */
export const XLSX_LIMITS: XlsxLimits = {
  fileBytes: 256 * MIB,
  sheetBytes: 2048 * MIB,
  sharedStringsBytes: 256 * MIB,
  partBytes: 4 * MIB,
  textChars: 2048 * MIB,
  columns: 256,
};

/** Where in the file what is. */
export interface Book {
  /** Those that are shown, in their order. */
  readonly sheets: readonly ZipPart[];
  readonly strings: ZipPart | null;
  readonly styles: readonly CellStyle[];
  readonly epoch1904: boolean;
}

/** Reads what a workbook says of itself, and none of its cells. Throws {@link UnreadableWorkbook}. */
export function bookOf(content: Uint8Array, limits: XlsxLimits): Book {
  demandArchive(content, limits);
  return new BookReader(content, limits).read();
}

const OLE = Buffer.from('d0cf11e0a1b11ae1', 'hex');
/** Excel keeps a workbook with a password as a stream of this name in an OLE file. */
const ENCRYPTED_STREAM = Buffer.from('EncryptedPackage', 'utf16le');

function demandArchive(content: Uint8Array, limits: XlsxLimits): void {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (bytes.length > limits.fileBytes) throw new UnreadableWorkbook('TOO_LARGE', 'the file');
  if (bytes.subarray(0, OLE.length).equals(OLE)) {
    if (bytes.includes(ENCRYPTED_STREAM)) throw new UnreadableWorkbook('ENCRYPTED', 'a workbook with a password');
    throw new UnreadableWorkbook('NOT_XLSX', 'a file of an older program');
  }
  if (bytes.toString('latin1', 0, 2) !== 'PK') throw new UnreadableWorkbook('NOT_XLSX', 'no archive');
}

interface Relation {
  readonly type: string;
  readonly part: ZipPart | undefined;
  readonly path: string;
}

class BookReader {
  private readonly parts: ReadonlyMap<string, ZipPart>;

  constructor(
    private readonly content: Uint8Array,
    private readonly limits: XlsxLimits,
  ) {
    this.parts = zipPartsOf(content);
  }

  read(): Book {
    const main = [...this.relationsOf('').values()].find(({ type }) => type.endsWith('/officeDocument'));
    if (main?.part === undefined || !main.path.endsWith('.xml'))
      throw new UnreadableWorkbook('NOT_XLSX', 'an archive without a workbook');
    const relations = this.relationsOf(main.path);
    const related = (type: string) => [...relations.values()].find((relation) => relation.type.endsWith(type))?.part;
    const { ids, epoch1904 } = this.workbook(main.part);
    const sheets = ids
      .map((id) => relations.get(id))
      .filter((relation) => relation?.type.endsWith('/worksheet'))
      .map((relation) => bounded(relation?.part, this.limits.sheetBytes));
    if (sheets.reduce((sum, { size }) => sum + size, 0) > this.limits.sheetBytes) throw tooLarge();
    const strings = related('/sharedStrings');
    return {
      sheets,
      strings: strings === undefined ? null : bounded(strings, this.limits.sharedStringsBytes),
      styles: this.stylesOf(related('/styles')),
      epoch1904,
    };
  }

  private workbook(part: ZipPart): { readonly ids: readonly string[]; readonly epoch1904: boolean } {
    const ids: string[] = [];
    let epoch1904 = false;
    let root = '';
    this.tags(part, (name, attribute) => {
      root ||= name;
      if (name === 'workbookPr') epoch1904 = ['1', 'true'].includes(attribute('date1904') ?? '');
      if (name === 'sheet' && (attribute('state') ?? 'visible') === 'visible') ids.push(attribute('id') ?? '');
    });
    if (root !== 'workbook') throw new UnreadableWorkbook('NOT_XLSX', 'an archive of something else');
    return { ids, epoch1904 };
  }

  private stylesOf(part: ZipPart | undefined): readonly CellStyle[] {
    const codes = new Map<number, string>();
    const used: number[] = [];
    let inCells = false;
    if (part !== undefined)
      this.tags(part, (name, attribute) => {
        if (name === 'numFmt') codes.set(Number(attribute('numFmtId')), attribute('formatCode') ?? '');
        // Only the first of the lists that hold formats is about cells.
        if (name === 'cellXfs') inCells = true;
        if (name === 'cellStyles' || name === 'cellStyleXfs') inCells = false;
        if (name === 'xf' && inCells) used.push(Number(attribute('numFmtId') ?? 0));
      });
    return used.map((id) => styleOf(id, codes.get(id)));
  }

  /** Of the part at this path, or of the file as a whole, by their ids. */
  private relationsOf(path: string): ReadonlyMap<string, Relation> {
    const [, folder = '', name = ''] = /^(.*\/)?([^/]*)$/.exec(path) ?? [];
    const relations = new Map<string, Relation>();
    const part = this.parts.get(`${folder}_rels/${name}.rels`);
    if (part !== undefined)
      this.tags(part, (tag, attribute) => {
        if (tag !== 'Relationship') return;
        const target = resolved(folder, attribute('Target') ?? '');
        relations.set(attribute('Id') ?? '', {
          type: attribute('Type') ?? '',
          part: this.parts.get(target),
          path: target,
        });
      });
    return relations;
  }

  private tags(part: ZipPart, tell: (name: string, attribute: (name: AttributeName) => string | null) => void): void {
    const xml = unpack(this.content, bounded(part, this.limits.partBytes)).toString('utf8');
    const open = (name: string, attributes: Attributes) => tell(name, (attribute) => attributes.get(attribute));
    try {
      const markup = new Markup({ open, close: () => undefined, text: () => undefined });
      markup.push(xml);
      markup.end();
    } catch (error) {
      if (error instanceof UnreadableWorkbook) throw error;
      throw new UnreadableWorkbook('BROKEN', error instanceof Error ? error.message : String(error));
    }
  }
}

function bounded(part: ZipPart | undefined, most: number): ZipPart {
  if (part === undefined) throw new UnreadableWorkbook('BROKEN', 'a part is missing');
  if (part.encrypted) throw new UnreadableWorkbook('ENCRYPTED', 'a part with a password');
  if (part.size > most) throw tooLarge();
  return part;
}

function tooLarge(): UnreadableWorkbook {
  return new UnreadableWorkbook('TOO_LARGE', 'what it unpacks to');
}

/** A path from the root of the archive, in lower case. */
function resolved(folder: string, target: string): string {
  const steps: string[] = [];
  for (const step of (target.startsWith('/') ? target : folder + target).toLowerCase().split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '.' && step !== '') steps.push(step);
  }
  return steps.join('/');
}

/** Formats that have numbers instead of codes (ECMA-376, 18.8.30): in all languages, and in those of the Far East. */
const isBuiltInDate = (id: number) =>
  (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 58 && id !== 48 && id !== 49);

function styleOf(id: number, code: string | undefined): CellStyle {
  if (code === undefined) return isBuiltInDate(id) ? 'DATE' : id === 9 || id === 10 ? 'PERCENT' : null;
  // Quoted, escaped, a blank as wide as, a filling with, and colours or languages.
  const bare = code.replace(/"[^"]*"|\\.|_.|\*.|\[[^\]]*[^\]hms][^\]]*\]/gis, '');
  if (/general/i.test(bare)) return null;
  if (/[dmyhs]/i.test(bare)) return 'DATE';
  return bare.includes('%') ? 'PERCENT' : null;
}
