import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipFile {
  readonly name: string;
  readonly content: string | Buffer;
  /** False values for the archive's directory. */
  readonly lie?: { readonly size?: number; readonly crc?: number; readonly flags?: number; readonly method?: number };
}

/** A zip archive, written byte by byte so that it can be wrong. */
export function zipOf(files: readonly ZipFile[], { stored = false, zip64 = false } = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, lie = {} } of files) {
    const bytes = Buffer.from(content);
    const packed = stored ? bytes : deflateRawSync(bytes);
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt16LE(Buffer.byteLength(name), 26);
    const extra = zip64 ? sizes64(lie.size ?? bytes.length, packed.length, offset) : Buffer.alloc(0);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(lie.flags ?? 0, 8);
    entry.writeUInt16LE(lie.method ?? (stored ? 0 : 8), 10);
    entry.writeUInt32LE(lie.crc ?? crc32(bytes), 16);
    entry.writeUInt32LE(zip64 ? 0xffffffff : packed.length, 20);
    entry.writeUInt32LE(zip64 ? 0xffffffff : (lie.size ?? bytes.length), 24);
    entry.writeUInt16LE(Buffer.byteLength(name), 28);
    entry.writeUInt16LE(extra.length, 30);
    entry.writeUInt32LE(zip64 ? 0xffffffff : offset, 42);
    directory.push(entry, Buffer.from(name), extra);
    parts.push(header, Buffer.from(name), packed);
    offset += header.length + Buffer.byteLength(name) + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(offset, 16);
  const end64 = zip64 ? endOf64(files.length, offset, offset + Buffer.concat(directory).length) : Buffer.alloc(0);
  return Buffer.concat([...parts, ...directory, end64, end]);
}

function sizes64(size: number, packed: number, offset: number): Buffer {
  const extra = Buffer.alloc(28);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(24, 2);
  for (const [index, value] of [size, packed, offset].entries()) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * index);
  return extra;
}

function endOf64(count: number, directoryAt: number, endAt: number): Buffer {
  const end = Buffer.alloc(56 + 20);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(BigInt(count), 32);
  end.writeBigUInt64LE(BigInt(directoryAt), 48);
  end.writeUInt32LE(0x07064b50, 56);
  end.writeBigUInt64LE(BigInt(endAt), 64);
  return end;
}

export interface MadeSheet {
  readonly xml: string;
  readonly name?: string;
  readonly state?: 'hidden' | 'veryHidden';
  readonly lie?: ZipFile['lie'];
}

export interface MadeWorkbook {
  readonly sheets: readonly MadeSheet[];
  readonly strings?: string;
  readonly styles?: string;
  readonly workbook?: string;
  readonly date1904?: boolean;
}

const MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"';

export const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

/** A worksheet with these rows. */
export function sheetXml(rows: string): string {
  return `${XML}<worksheet ${MAIN}><sheetData>${rows}</sheetData></worksheet>`;
}

/** The files of a handwritten workbook. */
export function workbookFiles({ sheets, strings, styles, workbook, date1904 }: MadeWorkbook): ZipFile[] {
  const relation = (id: string, type: string, target: string) =>
    `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"/>`;
  const relations = [
    ...sheets.map((_, index) => relation(`rId${index}`, 'worksheet', `worksheets/sheet${index}.xml`)),
    strings === undefined ? '' : relation('strings', 'sharedStrings', '/xl/sharedStrings.xml'),
    styles === undefined ? '' : relation('styles', 'styles', 'styles.xml'),
  ];
  const named = sheets.map(
    ({ name, state }, index) =>
      `<sheet name="${name ?? `S${index}`}" sheetId="${index + 1}" ${state === undefined ? '' : `state="${state}"`} r:id="rId${index}"/>`,
  );
  return [
    {
      name: '[Content_Types].xml',
      content: `${XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
    },
    {
      name: '_rels/.rels',
      content: `${XML}<Relationships ${PACKAGE}>${relation('rId1', 'officeDocument', 'xl/workbook.xml')}</Relationships>`,
    },
    {
      name: 'xl/workbook.xml',
      content:
        workbook ??
        `${XML}<workbook ${MAIN} xmlns:r="${OFFICE}"><workbookPr date1904="${date1904 ? 1 : 0}"/><sheets>${named.join('')}</sheets></workbook>`,
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content: `${XML}<Relationships ${PACKAGE}>${relations.join('')}</Relationships>`,
    },
    ...sheets.map(({ xml, lie }, index) => ({
      name: `xl/worksheets/sheet${index}.xml`,
      content: xml,
      ...(lie && { lie }),
    })),
    ...(strings === undefined ? [] : [{ name: 'xl/sharedStrings.xml', content: strings }]),
    ...(styles === undefined ? [] : [{ name: 'xl/styles.xml', content: styles }]),
  ];
}

export function workbookOf(made: MadeWorkbook): Buffer {
  return zipOf(workbookFiles(made));
}

/** A workbook of one sheet with these rows of XML. */
export function workbookOfRows(rows: string): Buffer {
  return workbookOf({ sheets: [{ xml: sheetXml(rows) }] });
}

export function sharedStringsXml(...items: readonly string[]): string {
  return `${XML}<sst ${MAIN}>${items.map((item) => `<si>${item}</si>`).join('')}</sst>`;
}

/** One style per format: the number of a built-in format, or a format code. */
export function stylesXml(...formats: readonly (number | string)[]): string {
  const ids = formats.map((format, index) => (typeof format === 'number' ? format : 164 + index));
  const codes = formats.map((format, index) =>
    typeof format === 'number' ? '' : `<numFmt numFmtId="${164 + index}" formatCode="${format}"/>`,
  );
  const uses = ids.map((id) => `<xf numFmtId="${id}" applyNumberFormat="1"/>`);
  return `${XML}<styleSheet ${MAIN}><numFmts>${codes.join('')}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>${uses.join('')}</cellXfs><cellStyles/></styleSheet>`;
}
