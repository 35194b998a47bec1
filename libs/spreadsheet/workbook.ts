import type { Archive, Part } from './archive.ts';
import type { CellStyle } from './sheet-xml.ts';
import { UnreadableWorkbook } from './unreadable-workbook.ts';
import type { XlsxLimits } from './xlsx-limits.ts';
import { type Attributes, Xml } from './xml.ts';

/** The parts of a workbook and its settings. */
export interface Book {
  /** Visible sheets in order. */
  readonly sheets: readonly Part[];
  readonly strings: Part | null;
  readonly styles: readonly CellStyle[];
  readonly epoch1904: boolean;
  /** The program that opens the workbook computes its formulas: their values in the file are not valid. */
  readonly recalculates: boolean;
}

/** Reads the structure of a workbook without cells. */
export async function readBook(archive: Archive, limits: XlsxLimits): Promise<Book> {
  return new BookReader(archive, limits).readBook();
}

/** The lists of a style sheet (ECMA-376, 18.8.39). */
const STYLE_LISTS: ReadonlySet<string> = new Set([
  ...['numFmts', 'fonts', 'fills', 'borders', 'cellStyleXfs', 'cellXfs', 'cellStyles', 'dxfs', 'tableStyles', 'colors'],
  'extLst',
]);

interface Relation {
  readonly type: string;
  readonly part: Part | undefined;
  readonly path: string;
}

class BookReader {
  private readonly archive: Archive;
  private readonly limits: XlsxLimits;

  constructor(archive: Archive, limits: XlsxLimits) {
    this.archive = archive;
    this.limits = limits;
  }

  async readBook(): Promise<Book> {
    const main = [...(await this.relationsOf('')).values()].find(({ type }) => type.endsWith('/officeDocument'));
    if (main?.part === undefined || !main.path.endsWith('.xml'))
      throw new UnreadableWorkbook('NOT_XLSX', 'an archive without a workbook');
    const relations = await this.relationsOf(main.path);
    const related = (type: string) => [...relations.values()].find((relation) => relation.type.endsWith(type))?.part;
    const { ids, ...settings } = await this.workbook(main.part);
    const sheets = ids
      .map((id) => relations.get(id))
      .filter((relation) => relation?.type.endsWith('/worksheet'))
      .map((relation) => bounded(relation?.part, this.limits.sheetBytes));
    if (sheets.reduce((sum, sheet) => sum + sheet.uncompressedSize, 0) > this.limits.sheetBytes) throw tooLarge();
    const strings = related('/sharedStrings');
    return {
      sheets,
      strings: strings === undefined ? null : bounded(strings, this.limits.sharedStringsBytes),
      styles: await this.stylesOf(related('/styles')),
      ...settings,
    };
  }

  private async workbook(
    part: Part,
  ): Promise<Pick<Book, 'epoch1904' | 'recalculates'> & { readonly ids: readonly string[] }> {
    const ids: string[] = [];
    let epoch1904 = false;
    let recalculates = false;
    let root = '';
    await this.visitTags(part, (name, attributes) => {
      root ||= name;
      if (name === 'workbookPr') epoch1904 = isTrue(attributes.date1904);
      if (name === 'calcPr') recalculates = isTrue(attributes.fullCalcOnLoad);
      if (name === 'sheet' && (attributes.state ?? 'visible') === 'visible') ids.push(relationIn(attributes));
    });
    if (root !== 'workbook') throw new UnreadableWorkbook('NOT_XLSX', 'an archive of another format');
    return { ids, epoch1904, recalculates };
  }

  private async stylesOf(part: Part | undefined): Promise<readonly CellStyle[]> {
    const codes = new Map<number, string>();
    const used: number[] = [];
    let list = '';
    await this.visitTags(part, (name, attributes) => {
      if (STYLE_LISTS.has(name)) list = name;
      // Conditional formats have number formats of their own, with the same ids.
      if (name === 'numFmt' && list === 'numFmts') codes.set(Number(attributes.numFmtId), attributes.formatCode ?? '');
      // Of the lists of formats, only cellXfs is for cells.
      if (name === 'xf' && list === 'cellXfs') used.push(Number(attributes.numFmtId ?? 0));
    });
    return used.map((id) => styleOf(id, codes.get(id)));
  }

  /** The relations of the part at this path by id; an empty path is the whole package. */
  private async relationsOf(path: string): Promise<ReadonlyMap<string, Relation>> {
    const [, folder = '', name = ''] = /^(.*\/)?([^/]*)$/.exec(path) ?? [];
    const relations = new Map<string, Relation>();
    await this.visitTags(this.archive.part(`${folder}_rels/${name}.rels`), (tag, attributes) => {
      if (tag !== 'Relationship') return;
      const target = resolved(folder, attributes.Target ?? '');
      const part = this.archive.part(target);
      relations.set(attributes.Id ?? '', { type: attributes.Type ?? '', part, path: target });
    });
    return relations;
  }

  /** Visits the tags of an optional part. */
  private async visitTags(
    part: Part | undefined,
    visit: (name: string, attributes: Attributes) => void,
  ): Promise<void> {
    if (part === undefined) return;
    const xml = new Xml({ open: visit, close: () => {}, text: () => {} });
    for await (const chunk of this.archive.readText(bounded(part, this.limits.partBytes))) xml.push(chunk);
    xml.end();
  }
}

function bounded(part: Part | undefined, maxBytes: number): Part {
  if (part === undefined) throw new Error('a part is missing');
  if (part.isEncrypted()) throw new UnreadableWorkbook('ENCRYPTED', 'a part with a password');
  if (part.uncompressedSize > maxBytes) throw tooLarge();
  return part;
}

function isTrue(attribute: string | undefined): boolean {
  return attribute === '1' || attribute === 'true';
}

function tooLarge(): UnreadableWorkbook {
  return new UnreadableWorkbook('TOO_LARGE', 'its unpacked content');
}

/** The attribute "id" with any prefix. */
function relationIn(sheet: Attributes): string {
  const name = Object.keys(sheet).find((one) => one.endsWith(':id'));
  return sheet[name ?? 'id'] ?? '';
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

/** Built-in date formats (ECMA-376, 18.8.30): of all languages, and of East Asian ones. */
const isBuiltInDate = (id: number) =>
  (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 58 && id !== 48 && id !== 49);

function styleOf(id: number, code: string | undefined): CellStyle {
  if (code === undefined) return isBuiltInDate(id) ? 'DATE' : id === 9 || id === 10 ? 'PERCENT' : null;
  // Removes quoted and escaped text, spacing, fill characters, colours and languages.
  const bare = code.replace(/"[^"]*"|\\.|_.|\*.|\[[^\]]*[^\]hms][^\]]*\]/gis, '');
  if (/general/i.test(bare)) return null;
  if (/[dmyhs]/i.test(bare)) return 'DATE';
  return bare.includes('%') ? 'PERCENT' : null;
}
