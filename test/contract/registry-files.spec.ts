import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { writeXlsxStream } from 'hucre/xlsx';
import { REGISTRY_KINDS, type RegistryKind } from '../../libs/registries/domain/registry-row.js';
import { exampleCells, exampleContent, readWorkbookContent } from '../support/regulation-registries.js';
import { sharedStringsXml, sheetXml, stylesXml, workbookOf } from '../support/workbooks.js';

const FIXTURES = join(import.meta.dirname, 'fixtures/registries');
const fixture = (name: string) => readFileSync(join(FIXTURES, name));

async function written(kind: RegistryKind, options: { inlineStrings: boolean; zip64?: boolean }): Promise<Buffer> {
  const rows = (async function* () {
    yield* exampleCells(kind);
  })();
  return buffer(Readable.fromWeb(writeXlsxStream(rows, { name: 'Реестр', ...options }) as never));
}

/** As Excel keeps it: texts shared, dates as days since 1900, amounts as binary fractions, formulas with their values. */
function asExcelKeepsIt(kind: RegistryKind): Buffer {
  const days = (text: string) => {
    const [date = '', time = ''] = text.split(' ');
    const at = Date.parse(`${date.split('.').reverse().join('-')}T${time}Z`);
    return ((at - Date.UTC(1899, 11, 30)) / 86_400_000).toPrecision(15);
  };
  const [header = [], totals = [], ...operations] = exampleCells(kind);
  const texts: string[] = [];
  const cell = (text: string, index: number, row: number) => {
    const at = `${String.fromCharCode(65 + index)}${row}`;
    const number = text.replaceAll(/\s/g, '').replace(',', '.');
    if (text === '') return `<c r="${at}" s="2"/>`;
    if (index === 5 && row > 1 && text !== '') return `<c r="${at}" s="1"><v>${days(text)}</v></c>`;
    if (row === 2 && index === 9) return `<c r="${at}" s="2"><f>SUM(J3:J5)</f><v>20180.000000000004</v></c>`;
    if (/^\d+(\.\d+)?$/.test(number)) return `<c r="${at}" s="2"><v>${number}</v></c>`;
    texts.push(text.replaceAll('&', '&amp;').replaceAll('"', '&quot;'));
    return `<c r="${at}" t="s"><v>${texts.length - 1}</v></c>`;
  };
  const rows = [header, totals, ...operations].map(
    (cells, row) => `<row r="${row + 1}" spans="1:13">${cells.map((text, i) => cell(text, i, row + 1)).join('')}</row>`,
  );
  return workbookOf({
    strings: sharedStringsXml(...texts.map((text) => `<t xml:space="preserve">${text}</t>`)),
    styles: stylesXml(0, 'dd\\.mm\\.yyyy\\ hh:mm:ss', '#,##0.00'),
    sheets: [{ xml: sheetXml(rows.join('')) }],
  });
}

describe.each(REGISTRY_KINDS)('the regulation’s example as a file: %s', (kind) => {
  const name = kind.toLowerCase();
  const files: [string, () => Buffer | Promise<Buffer>][] = [
    ['LibreOffice of texts', () => fixture(`${name}-texts.xlsx`)],
    ['LibreOffice of numbers and dates, below a title', () => fixture(`${name}-cells.xlsx`)],
    ['a program that writes inline strings', () => written(kind, { inlineStrings: true })],
    ['a program that shares its texts', () => written(kind, { inlineStrings: false })],
    ['a program that counts in 64 bits', () => written(kind, { inlineStrings: true, zip64: true })],
    ['Excel', () => asExcelKeepsIt(kind)],
  ];

  it.each(files)('has the same content as written by %s', async (_, file) => {
    expect(await readWorkbookContent(await file())).toEqual(exampleContent(kind));
  });
});
