import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { writeXlsxStream } from 'hucre/xlsx';
import { REGISTRY_KINDS, type RegistryKind } from '../../libs/registries/domain/registry-row.js';
import {
  as1cKeepsIt,
  asApachePoiKeepsIt,
  asClosedXmlKeepsIt,
  asExcelKeepsIt,
  asGoogleSheetsKeepsIt,
} from '../support/handwritten-workbooks.js';
import { exampleCells, exampleContent, readWorkbookContent } from '../support/regulation-registries.js';

const FIXTURES = join(import.meta.dirname, 'registries');
const fixture = (name: string) => readFileSync(join(FIXTURES, name));

async function written(kind: RegistryKind, options: { inlineStrings: boolean; zip64?: boolean }): Promise<Buffer> {
  const rows = (async function* () {
    yield* exampleCells(kind);
  })();
  return buffer(Readable.fromWeb(writeXlsxStream(rows, { name: 'Реестр', ...options }) as never));
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
    ['ClosedXML', () => asClosedXmlKeepsIt(kind)],
    ['Apache POI', () => asApachePoiKeepsIt(kind)],
    ['1C', () => as1cKeepsIt(kind)],
    ['Google Sheets', () => asGoogleSheetsKeepsIt(kind)],
  ];

  it.each(files)('has the same content as written by %s', async (_, file) => {
    expect(await readWorkbookContent(await file())).toEqual(exampleContent(kind));
  });
});

describe('the files of test/contract/registries', () => {
  const values = JSON.parse(fixture('values.json').toString()) as Record<string, object>;
  const files = readdirSync(FIXTURES).filter((name) => name.endsWith('.xlsx'));

  it('have their right values written down', () => {
    expect(Object.keys(values).sort()).toEqual(files.sort());
  });

  it.each(files)('are read right: %s', async (name) => {
    const content = await readWorkbookContent(fixture(name));
    const shown = JSON.stringify(content, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    expect(JSON.parse(shown)).toEqual(values[name]);
  });
});
