import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { writeXlsxStream } from 'hucre/xlsx';
import { readCells, readSheets, readWorkbook, SHEET } from '../../test/support/read-workbooks.js';
import {
  sharedStringsXml,
  sheetXml,
  stylesXml,
  workbookFiles,
  workbookOf,
  XML,
  zipOf,
} from '../../test/support/workbooks.js';
import { type Cell, xlsxOf } from './spreadsheet.js';

/** The first cell of each row. */
const firstCells = async (...cells: string[]) =>
  (await readCells(cells.map((xml) => `<row>${xml}</row>`).join(''))).map(([cell]) => cell);

describe('A workbook', () => {
  it('of our own writer is read with the same values', async () => {
    const at = new Date('2026-03-10T06:00:00.123Z');
    async function* rows(): AsyncGenerator<Cell[]> {
      for (let row = 0; row < 1_200; row++) yield [`счёт ${row}`, at, BigInt(row)];
    }
    const columns = [
      { header: 'what', holds: 'text' },
      { header: 'when', holds: 'moment' },
      { header: 'how much', holds: 'amount' },
    ] as const;
    const found = await readWorkbook(await buffer(xlsxOf('Sheet', columns, rows())));
    expect(found).toHaveLength(1_201);
    expect(found[0]).toEqual({ row: 1, cells: ['what', 'when', 'how much'] });
    expect(found[1]).toEqual({ row: 2, cells: ['счёт 0', at, 0] });
    expect(found[1_200]).toEqual({ row: 1_201, cells: ['счёт 1199', at, 11.99] });
  });

  it('has the same values with and without shared strings', async () => {
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
          return readWorkbook(await buffer(Readable.fromWeb(stream as never)));
        };
        expect(await written(true)).toEqual(await written(false));
      }),
      { numRuns: 6 },
    );
  });

  it('may have cells of any type', async () => {
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
    expect(await readWorkbook(content)).toEqual([
      { row: 3, cells: ['plain', null, 'of runs ', null, 'a <b> тг. \r <c>', 'in line', null, true] },
    ]);
  });

  it('has the stored values of formulas, unknown without one: nothing is computed', async () => {
    const found = await firstCells(
      '<c t="str"><f>HYPERLINK("http://x","y")</f><v>kept</v></c>',
      '<c><f>1+1</f><v>3</v></c>',
      '<c><f>1+1</f></c>',
      '<c><f>1+1</f><v/></c>',
      '<c t="str"><f>""</f><v></v></c>',
      '<c t="str"><f>A1</f></c>',
      '<c><f t="shared" si="0"/><v>4</v></c>',
      '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>',
    );
    const unknown = { unknown: true };
    expect(found).toEqual(['kept', 3, unknown, unknown, unknown, 4, '#DIV/0!']);
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
  it('has numbers by their formats: dates, percentages, and formats that only look like dates', async () => {
    const rows = shown.map(([, number], index) => `<row><c s="${index}"><v>${number}</v></c></row>`).join('');
    const styles = stylesXml(...shown.map(([format]) => format));
    const found = await readWorkbook(workbookOf({ styles, sheets: [{ xml: sheetXml(rows) }] }));
    const texts = found.map(({ cells: [cell] }) => (cell instanceof Date ? cell.toISOString() : cell));
    expect(shown.map(([format, number], index) => [format, number, texts[index]])).toEqual(shown);
  });

  it('may count days from 1904', async () => {
    const content = workbookOf({
      date1904: true,
      styles: stylesXml(14),
      sheets: [{ xml: sheetXml('<row><c s="0"><v>44096</v></c></row>') }],
    });
    expect((await readWorkbook(content))[0]?.cells).toEqual([new Date('2024-09-23T00:00:00Z')]);
  });

  it.each([
    ['1', { unknown: true }],
    ['0', 0],
  ])('that says fullCalcOnLoad="%s" has formulas whose stored value is %j', async (flag, value) => {
    const files = workbookFiles({
      sheets: [{ xml: sheetXml('<row><c><f>SUM(B1)</f><v>0</v></c><c><v>7</v></c></row>') }],
    });
    const content = zipOf(
      files.map(({ name, content }) => ({
        name,
        content: String(content).replace('</workbook>', `<calcPr calcId="1" fullCalcOnLoad="${flag}"/></workbook>`),
      })),
    );
    expect(await readWorkbook(content)).toEqual([{ row: 1, cells: [value, 7] }]);
  });

  it('has the number formats of its cells, whatever those of its conditional formats are', async () => {
    const styles = stylesXml('0.00').replace(
      '<cellStyles/>',
      '<cellStyles/><dxfs count="1"><dxf><numFmt numFmtId="164" formatCode="dd\\.mm\\.yyyy"/></dxf></dxfs>' +
        '<extLst><ext><x14:dxfs xmlns:x14="x"><x14:dxf><numFmt numFmtId="164" formatCode="hh:mm"/></x14:dxf></x14:dxfs></ext></extLst>',
    );
    const content = workbookOf({ styles, sheets: [{ xml: sheetXml('<row><c s="0"><v>100</v></c></row>') }] });
    expect(await readWorkbook(content)).toEqual([{ row: 1, cells: [100] }]);
  });

  it('is read sheet by sheet: the visible ones, in order, without empty rows', async () => {
    const sheet = (text: string) => sheetXml(`<row><c t="str"><v>${text}</v></c></row>`);
    const content = workbookOf({
      sheets: [
        { xml: sheet('hidden'), state: 'hidden' },
        { xml: sheet('very hidden'), state: 'veryHidden' },
        { xml: sheetXml('<row r="1"/><row r="2"><c r="A2" s="0"/></row>') },
        { xml: sheet('this one') },
        { xml: sheet('and this one') },
      ],
    });
    expect(await readSheets(content)).toEqual([
      [1, 'this one'],
      [2, 'and this one'],
    ]);
  });

  it('may be a 64-bit archive, or one without compression', async () => {
    const files = workbookFiles({ sheets: [SHEET] });
    for (const options of [{ zip64: true }, { stored: true }])
      expect(await readWorkbook(zipOf(files, options))).toEqual([{ row: 1, cells: [1] }]);
  });

  it('may have elements with a prefix', async () => {
    const xml = `${XML}<x:worksheet xmlns:x="m"><x:sheetData><x:row r="2"><x:c r="B2"><x:v>7</x:v></x:c></x:row></x:sheetData></x:worksheet>`;
    expect(await readWorkbook(workbookOf({ sheets: [{ xml }] }))).toEqual([{ row: 2, cells: [null, 7] }]);
  });

  it('has no cells beyond the last column that is read', async () => {
    expect(
      await readCells('<row r="1048576"><c r="A1048576"><v>1</v></c><c r="XFD1048576"><v>2</v></c></row>'),
    ).toEqual([[1]]);
  });

  it('without cells has no rows', async () => {
    expect(await readWorkbook(workbookOf({ sheets: [{ xml: sheetXml('') }] }))).toEqual([]);
    expect(await readWorkbook(workbookOf({ sheets: [] }))).toEqual([]);
  });
});
