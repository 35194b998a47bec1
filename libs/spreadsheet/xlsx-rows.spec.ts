import { readdirSync } from 'node:fs';
import { truncate, unlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { inTemporaryFile } from '@mpp/platform';
import fc from 'fast-check';
import { writeXlsxStream } from 'hucre/xlsx';
import {
  sharedStringsXml,
  sheetXml,
  stylesXml,
  workbookFiles,
  workbookOf,
  workbookOfRows,
  XML,
  zipOf,
} from '../../test/support/workbooks.js';
import { type Cell, xlsxOf } from './spreadsheet.js';
import type { UnreadableReason } from './unreadable-workbook.js';
import { XLSX_LIMITS, type XlsxLimits } from './xlsx-limits.js';
import { rowsOfXlsx, type SheetRow } from './xlsx-rows.js';

const SHEET = { xml: sheetXml('<row><c><v>1</v></c></row>') };
const LAUGHS = '<!DOCTYPE lol [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;">]>';
const FOREIGN = '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>';

async function read(content: Uint8Array, limits: Partial<XlsxLimits> = {}): Promise<SheetRow[]> {
  const rows: SheetRow[] = [];
  await inTemporaryFile([content], async (path) => {
    for await (const batch of rowsOfXlsx(path, { ...XLSX_LIMITS, ...limits })) rows.push(...batch);
  });
  return rows;
}

const cellsOf = async (rows: string) => (await read(workbookOfRows(rows))).map(({ cells }) => cells);
const refusal = (content: Uint8Array, limits?: Partial<XlsxLimits>) =>
  read(content, limits).then(
    () => 'read',
    (error: { name: string; reason: UnreadableReason }) => `${error.name} ${error.reason}`,
  );
const BROKEN = 'UnreadableWorkbook BROKEN';
const NOT_XLSX = 'UnreadableWorkbook NOT_XLSX';
const TOO_LARGE = 'UnreadableWorkbook TOO_LARGE';
const ENCRYPTED = 'UnreadableWorkbook ENCRYPTED';
/** Cells written as XML, each the first of its row. */
const firstCells = async (...cells: string[]) =>
  (await cellsOf(cells.map((xml) => `<row>${xml}</row>`).join(''))).map(([cell]) => cell);

describe('a workbook', () => {
  it('is read as our own writer wrote it', async () => {
    const at = new Date('2026-03-10T06:00:00.123Z');
    async function* rows(): AsyncGenerator<Cell[]> {
      for (let row = 0; row < 1_200; row++) yield [`счёт ${row}`, at, BigInt(row)];
    }
    const columns = [
      { header: 'what', holds: 'text' },
      { header: 'when', holds: 'moment' },
      { header: 'how much', holds: 'amount' },
    ] as const;
    const found = await read(await buffer(xlsxOf('Sheet', columns, rows())));
    expect(found).toHaveLength(1_201);
    expect(found[0]).toEqual({ row: 1, cells: ['what', 'when', 'how much'] });
    expect(found[1]).toEqual({ row: 2, cells: ['счёт 0', at, 0] });
    expect(found[1_200]).toEqual({ row: 1_201, cells: ['счёт 1199', at, 11.99] });
  });

  it('says the same whatever stands in it, with shared strings and without', async () => {
    const content = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.double({ noNaN: true }), fc.boolean());
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(content, { minLength: 1, maxLength: 5 }), { maxLength: 8 }), async (rows) => {
        const written = async (inlineStrings: boolean) => {
          const stream = writeXlsxStream(
            (async function* () {
              yield* rows;
            })(),
            { name: 'S', inlineStrings },
          );
          return read(await buffer(Readable.fromWeb(stream as never)));
        };
        expect(await written(true)).toEqual(await written(false));
      }),
      { numRuns: 6 },
    );
  });

  it('may have any of the kinds of cells that there are', async () => {
    const content = workbookOf({
      strings: sharedStringsXml(
        '<t>plain</t>',
        '<r><rPr><b/></rPr><t>of </t></r><r><t xml:space="preserve">runs </t></r><rPh sb="0" eb="1"><t>sound</t></rPh>',
        '<t/>',
        '<t>a &lt;b&gt; &#1090;&#x433;. _x000D_ <![CDATA[<c>]]></t>',
      ),
      sheets: [
        {
          xml: sheetXml(
            '<row r="3" spans="1:9"><c r="A3" t="s"><v>0</v></c><c r="C3" t="s"><v>1</v></c><c r="D3" t="s"><v>2</v></c>' +
              `<c r="E3" t="s"><v>3</v></c><c t='inlineStr'><is><t>in line</t></is></c><c r="H3" t="b"><v>1</v></c></row>`,
          ),
        },
      ],
    });
    expect(await read(content)).toEqual([
      { row: 3, cells: ['plain', null, 'of runs ', null, 'a <b> тг. \r <c>', 'in line', null, true] },
    ]);
  });

  it('has of a formula the value that was kept, and computes nothing', async () => {
    const found = await firstCells(
      '<c t="str"><f>HYPERLINK("http://x","y")</f><v>kept</v></c>',
      '<c><f>1+1</f><v>3</v></c>',
      '<c><f>1+1</f></c>',
      '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>',
    );
    expect(found).toEqual(['kept', 3, '#DIV/0!']);
  });

  const shown: [format: number | string, number: number, shown: string | number][] = [
    [14, 45558.0011689815, '2024-09-23T00:01:41.000Z'],
    [22, 45558, '2024-09-23T00:00:00.000Z'],
    ['dd.mm.yyyy\\ hh:mm:ss', 45558.5, '2024-09-23T12:00:00.000Z'],
    ['[$-419]d mmmm yyyy&quot; г.&quot;;@', 1, '1900-01-01T00:00:00.000Z'],
    ['[h]:mm:ss', 61, '1900-03-01T00:00:00.000Z'],
    ['#,##0.00\\ &quot;сумма дня&quot;', 16900.5, 16900.5],
    ['_-* #,##0.00\\ _d_-', 16900.5, 16900.5],
    ['[Red]0.00', 1.5, 1.5],
    ['General', 45558, 45558],
    [0, 45558, 45558],
    [10, 0.005, '0.5%'],
    ['0.00%', 0.0029, '0.29%'],
  ];
  it('shows numbers as their formats do: dates, shares, and those that only look like dates', async () => {
    const rows = shown.map(([, number], index) => `<row><c s="${index}"><v>${number}</v></c></row>`).join('');
    const styles = stylesXml(...shown.map(([format]) => format));
    const found = await read(workbookOf({ styles, sheets: [{ xml: sheetXml(rows) }] }));
    const texts = found.map(({ cells: [cell] }) => (cell instanceof Date ? cell.toISOString() : cell));
    expect(shown.map(([format, number], index) => [format, number, texts[index]])).toEqual(shown);
  });

  it('may count its days from 1904', async () => {
    const content = workbookOf({
      date1904: true,
      styles: stylesXml(14),
      sheets: [{ xml: sheetXml('<row><c s="0"><v>44096</v></c></row>') }],
    });
    expect((await read(content))[0]?.cells).toEqual([new Date('2024-09-23T00:00:00Z')]);
  });

  it('is read from the first sheet that is shown and holds something', async () => {
    const sheet = (text: string) => sheetXml(`<row><c t="str"><v>${text}</v></c></row>`);
    const content = workbookOf({
      sheets: [
        { xml: sheet('hidden'), state: 'hidden' },
        { xml: sheet('very hidden'), state: 'veryHidden' },
        { xml: sheetXml('<row r="1"/><row r="2"><c r="A2" s="0"/></row>') },
        { xml: sheet('this one') },
        { xml: sheet('too late') },
      ],
    });
    expect(await read(content)).toEqual([{ row: 1, cells: ['this one'] }]);
  });

  it('may be an archive of 64 bits, or one that packs nothing', async () => {
    const files = workbookFiles({ sheets: [SHEET] });
    for (const options of [{ zip64: true }, { stored: true }])
      expect(await read(zipOf(files, options))).toEqual([{ row: 1, cells: [1] }]);
  });

  it('may name its elements with a prefix', async () => {
    const xml = `${XML}<x:worksheet xmlns:x="m"><x:sheetData><x:row r="2"><x:c r="B2"><x:v>7</x:v></x:c></x:row></x:sheetData></x:worksheet>`;
    expect(await read(workbookOf({ sheets: [{ xml }] }))).toEqual([{ row: 2, cells: [null, 7] }]);
  });

  it('has no cells where nobody would look for them', async () => {
    expect(await cellsOf('<row r="1048576"><c r="A1048576"><v>1</v></c><c r="XFD1048576"><v>2</v></c></row>')).toEqual([
      [1],
    ]);
  });

  it('with nothing in it has no rows', async () => {
    expect(await read(workbookOf({ sheets: [{ xml: sheetXml('') }] }))).toEqual([]);
    expect(await read(workbookOf({ sheets: [] }))).toEqual([]);
  });
});

describe('what is no workbook', () => {
  const ole = (text: string) =>
    Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(504), Buffer.from(text, 'utf16le')]);

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a text', Buffer.from('Итоги;3;20 180,00\r\n')],
    ['a web page', Buffer.from('<html><table><tr><td>Итоги</td></tr></table></html>')],
    ['an .xls', ole('Workbook')],
    ['an archive of something', zipOf([{ name: 'registry.csv', content: 'a,b' }])],
    ['an archive of an archive', zipOf([{ name: 'registry.xlsx', content: workbookOf({ sheets: [SHEET] }) }])],
    ['a document', workbookOf({ sheets: [SHEET], workbook: '<document><body/></document>' })],
  ])('is told: %s', async (_, content) => {
    expect(await refusal(content)).toBe(NOT_XLSX);
  });

  it('is told: a workbook with a password', async () => {
    expect(await refusal(ole('EncryptedPackage'))).toBe(ENCRYPTED);
    const files = workbookFiles({ sheets: [{ ...SHEET, lie: { flags: 1 } }] });
    expect(await refusal(zipOf(files))).toBe(ENCRYPTED);
  });
});

describe('a broken workbook', () => {
  it('is told wherever it was cut off', async () => {
    const whole = workbookOf({ sheets: [SHEET], strings: sharedStringsXml('<t>a</t>'), styles: stylesXml(0, 14) });
    for (let length = 2; length < whole.length; length += 149)
      expect(await refusal(Buffer.from(whole.subarray(0, length)))).toBe(BROKEN);
  });

  it('is told, or read, whatever byte of it is another one', async () => {
    const whole = workbookOf({ sheets: [SHEET], strings: sharedStringsXml('<t>a</t>') });
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] ?? 0) ^ change;
        expect(await refusal(changed)).toMatch(/^read$|^UnreadableWorkbook (BROKEN|NOT_XLSX|TOO_LARGE|ENCRYPTED)$/);
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    ['rows that go back', '<row r="2"><c><v>1</v></c></row><row r="1"><c><v>1</v></c></row>'],
    ['a row twice', '<row r="2"><c><v>1</v></c></row><row r="2"><c><v>1</v></c></row>'],
    ['a row below the last one', '<row r="1048577"><c><v>1</v></c></row>'],
    ['a row without a number', '<row r="x"><c><v>1</v></c></row>'],
    ['a cell nowhere', '<row><c r="12"><v>1</v></c></row>'],
    ['a string that is not there', '<row><c t="s"><v>0</v></c></row>'],
    ['an element that is not closed', '<row><c><v>1</v></row>'],
    ['an entity that nobody declares', '<row><c t="str"><v>&lol;</v></c></row>'],
  ])('is told: %s', async (_, rows) => {
    expect(await refusal(workbookOfRows(rows))).toBe(BROKEN);
  });

  it.each([
    ['a sheet that ends in the middle', [SHEET.xml.slice(0, -12)]],
    ['nothing where a sheet should be', ['']],
  ])('is told: %s', async (_, [xml = '']) => {
    expect(await refusal(workbookOf({ sheets: [{ xml }] }))).toBe(BROKEN);
  });

  it.each([
    ['with a checksum of something else', { crc: 1 }],
    ['packed in an unknown way', { method: 12 }],
    ['smaller than it declares', { size: 10_000 }],
  ])('is told: a sheet %s', async (_, lie) => {
    expect(await refusal(workbookOf({ sheets: [{ ...SHEET, lie }] }))).toBe(BROKEN);
  });

  it.each(['styles.xml', 'sharedStrings.xml', 'workbook.xml'])('is told: %s with a wrong checksum', async (name) => {
    const files = workbookFiles({ sheets: [SHEET], strings: sharedStringsXml('<t>a</t>'), styles: stylesXml(0) });
    const lying = files.map((file) => (file.name.endsWith(`/${name}`) ? { ...file, lie: { crc: 1 } } : file));
    expect(await refusal(zipOf(lying))).toBe(BROKEN);
  });

  it('is told: an archive that points further than any file is long', async () => {
    const whole = zipOf(workbookFiles({ sheets: [SHEET] }), { zip64: true });
    const locator = whole.indexOf(Buffer.from('504b0607', 'hex'));
    for (const at of [locator + 8, locator - 8]) {
      const far = Buffer.from(whole);
      far.writeBigUInt64LE(1n << 62n, at);
      expect(await refusal(far)).toBe(BROKEN);
    }
  });

  it('is told: two parts of one name, or a part that is not there', async () => {
    const files = workbookFiles({ sheets: [SHEET] });
    const sheet = files.filter(({ name }) => name.endsWith('sheet0.xml'));
    expect(await refusal(zipOf([...files, ...sheet]))).toBe(BROKEN);
    expect(await refusal(zipOf(files.filter((file) => !sheet.includes(file))))).toBe(BROKEN);
  });
});

describe('a workbook that means harm', () => {
  const bomb = `<row r="1"><c t="str"><v>${' '.repeat(30_000)}</v></c></row>`;
  const rows = (count: number) =>
    Array.from({ length: count }, (_, row) => bomb.replace('"1"', `"${row + 1}"`)).join('');

  it('is told before it is unpacked, where it would unpack to too much', async () => {
    const large = { sheets: [{ xml: sheetXml(rows(20)) }] };
    expect(await refusal(workbookOf(large), { sheetBytes: 500_000 })).toBe(TOO_LARGE);
    const strings = sharedStringsXml(...Array.from({ length: 1_000 }, () => '<t>abc</t>'));
    expect(await refusal(workbookOf({ sheets: [SHEET], strings }), { sharedStringsBytes: 10_000 })).toBe(TOO_LARGE);
    const styles = stylesXml(...Array.from({ length: 1_000 }, () => 14));
    expect(await refusal(workbookOf({ sheets: [SHEET], styles }), { partBytes: 10_000 })).toBe(TOO_LARGE);
    expect(await refusal(workbookOf({ sheets: [SHEET, SHEET] }), { sheetBytes: SHEET.xml.length + 1 })).toBe(TOO_LARGE);
    expect(await refusal(workbookOf({ sheets: [SHEET] }), { fileBytes: 100 })).toBe(TOO_LARGE);
  });

  it('is stopped where it unpacks to more than it declares', async () => {
    expect(await refusal(workbookOf({ sheets: [{ xml: sheetXml(rows(200)), lie: { size: 1_000 } }] }))).toBe(BROKEN);
    const files = workbookFiles({ sheets: [SHEET], styles: stylesXml(0) });
    const lying = files.map((file) => (file.name.endsWith('styles.xml') ? { ...file, lie: { size: 10 } } : file));
    expect(await refusal(zipOf(lying))).toBe(BROKEN);
  });

  it('is stopped where its cells name one long string over and over', async () => {
    const strings = sharedStringsXml(`<t>${'x'.repeat(30_000)}</t>`);
    const named = '<row>'.concat('<c t="s"><v>0</v></c>'.repeat(200), '</row>').repeat(20);
    const content = workbookOf({ sheets: [{ xml: sheetXml(named) }], strings });
    expect(await refusal(content, { textChars: 10_000_000 })).toBe(TOO_LARGE);
  });

  it('is stopped where a text is longer than a cell can hold, or has no end', async () => {
    const text = (length: number) => `<row><c t="str"><v>${'x'.repeat(length)}</v></c></row>`;
    expect(await refusal(workbookOfRows(text(32_767)))).toBe('read');
    expect(await refusal(workbookOfRows(text(32_768)))).toBe(TOO_LARGE);
    expect(await refusal(workbookOfRows(text(2_000_000)))).toBe(TOO_LARGE);
    expect(await refusal(workbookOfRows(`<!-- ${'x'.repeat(2_000_000)}`))).toBe(TOO_LARGE);
    expect(await refusal(workbookOfRows('<row>'.repeat(100_000)))).toBe(BROKEN);
  });

  it.each([
    ['laughs a billion times', LAUGHS],
    ['asks for a file of ours', FOREIGN],
  ])('is told: it %s', async (_, doctype) => {
    const withType = (xml: string) => xml.replace(XML, XML + doctype);
    expect(await refusal(workbookOf({ sheets: [{ xml: withType(SHEET.xml) }] }))).toBe(BROKEN);
    const strings = withType(sharedStringsXml('<t>a</t>'));
    expect(await refusal(workbookOf({ sheets: [SHEET], strings }))).toBe(BROKEN);
    expect(await refusal(workbookOf({ sheets: [SHEET], styles: withType(stylesXml(0)) }))).toBe(BROKEN);
  });

  it('is told: it needs more memory than its reader is given', async () => {
    const strings = sharedStringsXml(...Array.from({ length: 400 }, (_, i) => `<t>${i}${'ы'.repeat(32_000)}</t>`));
    const cells = Array.from({ length: 4_000 }, (_, i) => `<c t="s"><v>${i % 400}</v></c>`).join('');
    const content = workbookOf({ sheets: [{ xml: sheetXml(`<row>${cells}</row>`) }], strings });
    expect(await refusal(content, { columns: 16_384 })).toBe(TOO_LARGE);
  });
});

describe('reading a workbook', () => {
  const numbered = (count: number) =>
    workbookOfRows(Array.from({ length: count }, (_, row) => `<row><c><v>${row}</v></c></row>`).join(''));
  /** So large that its reader cannot have read it all before its first rows are taken. */
  const large = () =>
    zipOf(workbookFiles({ sheets: [{ xml: sheetXml(rowsOf(20_000, 'x'.repeat(200))) }] }), { stored: true });
  const rowsOf = (count: number, text: string) => `<row><c t="str"><v>${text}</v></c></row>`.repeat(count);

  it('has its first rows long before its last: that it is broken at its end is found there', async () => {
    const sheet = Array.from({ length: 50_000 }, (_, row) => `<row><c><v>${row}</v></c></row>`).join('');
    await inTemporaryFile([workbookOfRows(`${sheet}<row r="1"/>`)], async (path) => {
      const rows = rowsOfXlsx(path);
      let read = 0;
      const toTheEnd = async () => {
        for await (const batch of rows) read += batch.length;
      };
      await expect(toTheEnd()).rejects.toThrow('BROKEN');
      expect(read).toBeGreaterThan(40_000);
    });
  });

  it('may be left in the middle, and by an error', async () => {
    const before = whatIsOpen();
    await inTemporaryFile([numbered(20_000)], async (path) => {
      for await (const batch of rowsOfXlsx(path)) {
        expect(batch[0]?.row).toBe(1);
        expect(whatIsOpen()).not.toEqual(before);
        break;
      }
      expect(whatIsOpen()).toEqual(before);
      const failing = async () => {
        for await (const _ of rowsOfXlsx(path)) throw new Error('the database is away');
      };
      await expect(failing()).rejects.toThrow('the database is away');
    });
    expect(whatIsOpen()).toEqual(before);
  });

  it('ends where it is aborted, with what it was aborted with', async () => {
    const before = whatIsOpen();
    const stop = new AbortController();
    await inTemporaryFile([numbered(20_000)], async (path) => {
      const stopped = async () => {
        for await (const _ of rowsOfXlsx(path, XLSX_LIMITS, stop.signal)) stop.abort(new Error('stopping'));
      };
      await expect(stopped()).rejects.toThrow('stopping');
      await expect(rowsOfXlsx(path, XLSX_LIMITS, stop.signal).next()).rejects.toThrow('stopping');
    });
    expect(whatIsOpen()).toEqual(before);
  });

  it('fails where the file is not there, and does not blame the workbook', async () => {
    const gone = await inTemporaryFile([numbered(1)], async (path) => path);
    await expect(rowsOfXlsx(gone).next()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('goes on where the file is taken away under it', async () => {
    await inTemporaryFile([large()], async (path) => {
      let read = 0;
      for await (const batch of rowsOfXlsx(path)) {
        if (read === 0) await unlink(path);
        read += batch.length;
      }
      expect(read).toBe(20_000);
    });
  });

  it('fails where the file shrinks under it, and does not blame the workbook', async () => {
    await inTemporaryFile([large()], async (path) => {
      const reading = async () => {
        for await (const _ of rowsOfXlsx(path)) await truncate(path, 2_000_000);
      };
      await expect(reading()).rejects.toThrow(/^the file changed while it was read$/);
    });
  });
});

function whatIsOpen(): { threads: number; files: number } {
  const threads = process
    .getActiveResourcesInfo()
    .filter((resource) => resource === 'MessagePort' || resource === 'Worker').length;
  return { threads, files: readdirSync('/dev/fd').length };
}
