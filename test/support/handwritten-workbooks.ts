import type { RegistryKind } from '../../libs/registries/domain/registry-row.js';
import { exampleCells } from './regulation-registries.js';
import { sharedStringsXml, sheetXml, stylesXml, workbookFiles, workbookOf, zipOf } from './workbooks.js';

type Cell = { readonly text: string; readonly column: number; readonly row: number };

const AT = 5;
const AMOUNT = 9;
const letter = (column: number) => String.fromCharCode(65 + column);
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
const numberIn = (text: string) => text.replaceAll(/\s/g, '').replace(',', '.');
const isNumber = (text: string) => /^\d+(\.\d+)?$/.test(numberIn(text));

/** Days since 1900. */
function days(text: string): string {
  const [date = '', time = ''] = text.split(' ');
  const at = Date.parse(`${date.split('.').reverse().join('-')}T${time}Z`);
  return ((at - Date.UTC(1899, 11, 30)) / 86_400_000).toPrecision(15);
}

function rowsOf(kind: RegistryKind, attributes: (row: number) => string, cell: (cell: Cell) => string): string {
  return exampleCells(kind)
    .map((cells, index) => {
      const row = index + 1;
      return `<row ${attributes(row)}>${cells.map((text, column) => cell({ text, column, row })).join('')}</row>`;
    })
    .join('');
}

/** Texts shared, dates as days since 1900, amounts as binary fractions, formulas with their values. */
export function asExcelKeepsIt(kind: RegistryKind): Buffer {
  const texts: string[] = [];
  const rows = rowsOf(
    kind,
    (row) => `r="${row}" spans="1:13"`,
    ({ text, column, row }) => {
      const at = `${letter(column)}${row}`;
      if (text === '') return `<c r="${at}" s="2"/>`;
      if (column === AT && row > 1) return `<c r="${at}" s="1"><v>${days(text)}</v></c>`;
      if (row === 2 && column === AMOUNT) return `<c r="${at}" s="2"><f>SUM(J3:J5)</f><v>20180.000000000004</v></c>`;
      if (isNumber(text)) return `<c r="${at}" s="2"><v>${numberIn(text)}</v></c>`;
      texts.push(escaped(text));
      return `<c r="${at}" t="s"><v>${texts.length - 1}</v></c>`;
    },
  );
  return workbookOf({
    strings: sharedStringsXml(...texts.map((text) => `<t xml:space="preserve">${text}</t>`)),
    styles: stylesXml(0, 'dd\\.mm\\.yyyy\\ hh:mm:ss', '#,##0.00'),
    sheets: [{ xml: sheetXml(rows) }],
  });
}

/** Every element with a prefix; texts of formulas as `str`; the built-in date format. */
export function asClosedXmlKeepsIt(kind: RegistryKind): Buffer {
  const rows = rowsOf(
    kind,
    (row) => `r="${row}" spans="1:13" x14ac:dyDescent="0.25" xmlns:x14ac="http://schemas.microsoft.com/office/x14"`,
    ({ text, column, row }) => {
      const at = `${letter(column)}${row}`;
      if (text === '') return '';
      if (column === AT && row > 1) return `<c r="${at}" s="1"><v>${days(text)}</v></c>`;
      if (isNumber(text)) return `<c r="${at}" s="2" t="n"><v>${numberIn(text)}</v></c>`;
      return `<c r="${at}" s="0" t="str"><v>${escaped(text)}</v></c>`;
    },
  );
  const xml = sheetXml(rows)
    .replace(/<(\/?)(worksheet|sheetData|row|c|v)(?=[\s>/])/g, '<$1x:$2')
    .replace('xmlns="', 'xmlns:x="');
  return workbookOf({ styles: stylesXml(0, 22, '#,##0.00'), sheets: [{ xml, name: 'Реестр' }] });
}

/** A streaming writer: texts in line, no references of cells, rows of subtotals in between. */
export function asApachePoiKeepsIt(kind: RegistryKind): Buffer {
  const rows = rowsOf(
    kind,
    (row) => `r="${row}"`,
    ({ text, column, row }) => {
      if (text === '') return '<c s="0"/>';
      if (column === AT && row > 1) return `<c s="1"><v>${days(text)}</v></c>`;
      if (isNumber(text)) return `<c s="2" t="n"><v>${numberIn(text)}</v></c>`;
      return `<c t="inlineStr"><is><t>${escaped(text)}</t></is></c>`;
    },
  );
  const xml = sheetXml(rows).replace('<sheetData>', '<dimension ref="A1"/><sheetViews/><sheetData>');
  return workbookOf({ styles: stylesXml(0, 'm/d/yy h:mm', '0.00'), sheets: [{ xml, name: 'Sheet0' }] });
}

/** Everything a text, shared, some in runs of formatting, below a title in merged cells; no-break spaces; the sheet is “TDSheet”. */
export function as1cKeepsIt(kind: RegistryKind): Buffer {
  const texts: string[] = ['<t>Реестр операций</t>'];
  const rows = rowsOf(
    kind,
    (row) => `r="${row + 2}" ht="11.25" customHeight="1"`,
    ({ text, column, row }) => {
      const at = `${letter(column)}${row + 2}`;
      if (text === '') return `<c r="${at}" s="0"/>`;
      const [head, tail] = [escaped(text.slice(0, 1)), escaped(text.slice(1))];
      texts.push(
        column % 2 === 0
          ? `<t xml:space="preserve"> ${escaped(text)}\u00a0</t>`
          : `<r><rPr><b/></rPr><t xml:space="preserve">${head}</t></r><r><t xml:space="preserve">${tail}</t></r>`,
      );
      return `<c r="${at}" s="0" t="s"><v>${texts.length - 1}</v></c>`;
    },
  );
  const xml = sheetXml(`<row r="1"><c r="A1" t="s"><v>0</v></c></row>${rows}`).replace(
    '</sheetData>',
    '</sheetData><mergeCells count="1"><mergeCell ref="A1:M1"/></mergeCells>',
  );
  return workbookOf({
    strings: sharedStringsXml(...texts),
    styles: stylesXml('@'),
    sheets: [{ xml, name: 'TDSheet' }],
  });
}

/** Styled empty cells down to row 1000, dates with a format of its own, absolute targets, and an empty second sheet. */
export function asGoogleSheetsKeepsIt(kind: RegistryKind): Buffer {
  const texts: string[] = [];
  const rows = rowsOf(
    kind,
    (row) => `r="${row}"`,
    ({ text, column, row }) => {
      const at = `${letter(column)}${row}`;
      if (text === '') return `<c r="${at}" s="0"/>`;
      if (column === AT && row > 1) return `<c r="${at}" s="1"><v>${days(text)}</v></c>`;
      if (isNumber(text)) return `<c r="${at}" s="2"><v>${Number(numberIn(text))}</v></c>`;
      texts.push(`<t>${escaped(text)}</t>`);
      return `<c r="${at}" s="0" t="s"><v>${texts.length - 1}</v></c>`;
    },
  );
  const empty = Array.from({ length: 990 }, (_, index) => `<row r="${index + 10}"><c r="A${index + 10}" s="0"/></row>`);
  const files = workbookFiles({
    strings: sharedStringsXml(...texts),
    styles: stylesXml(0, 'd.M.yyyy H:mm:ss', '#,##0.00'),
    sheets: [
      { xml: sheetXml(rows + empty.join('')), name: 'Лист1' },
      { xml: sheetXml(''), name: 'Лист2' },
    ],
  });
  return zipOf(
    files.map(({ name, content }) => ({
      name,
      content: String(content).replaceAll('Target="worksheets/', 'Target="/xl/worksheets/'),
    })),
  );
}
