import { describe, expect, it } from '@jest/globals';
import { HEADER, PURCHASE, refusalOfRows } from '../../../test/support/registry-cells.js';
import {
  exampleCells,
  exampleContent,
  headerCells,
  readSheetContent,
} from '../../../test/support/regulation-registries.js';
import { REGISTRY_KINDS } from './registry-row.js';
import { RegistrySheet } from './registry-sheet.js';
import type { RegistryCell } from './sheet-cells.js';

describe('A header', () => {
  it.each<[string, (title: string) => string]>([
    ['in capitals', (title) => title.toUpperCase()],
    ['with no-break and double blanks', (title) => ` ${title.replaceAll(' ', ' \u00A0')} `],
    ['broken into lines', (title) => title.replaceAll(' ', '\n')],
    ['with other quotes', (title) => title.replace('"Сервис"', '«Сервис»').replace('"Сервис"', '“Сервис”')],
    ['with Latin letters among the Cyrillic ones', (title) => title.replaceAll('а', 'a').replaceAll('е', 'e')],
    ['with ё', (title) => title.replace('Подтвержденный', 'Подтверждённый')],
  ])('is recognized %s', (_, written) => {
    for (const kind of REGISTRY_KINDS) {
      const [header = [], ...rows] = exampleCells(kind);
      expect(readSheetContent([header.map(written), ...rows])).toEqual(exampleContent(kind));
    }
  });

  it('determines the kind of the registry by the fee', () => {
    expect(REGISTRY_KINDS.map((kind) => readSheetContent([headerCells(kind)]).kind)).toEqual(REGISTRY_KINDS);
  });

  it('is required: without one the file is not a registry', () => {
    expect(refusalOfRows([])).toBe('NO_HEADER');
    expect(refusalOfRows([['Платёж', 'Сумма'], ...exampleCells('DAILY').slice(1)])).toBe('NO_HEADER');
  });

  it.each([
    'ID операции Kaspi',
    'ID операции участника',
    'Подтвержденный платеж',
    'Дата и время операции',
    'Тип операции',
  ])('without a required column is refused: %s', (title) => {
    const header = HEADER.map((cell) => (cell === title ? 'другое' : cell));
    expect(refusalOfRows([header])).toBe(`COLUMN_MISSING ${title}`);
  });

  it('with neither fee or with both is refused', () => {
    const without = HEADER.filter((cell) => !cell.startsWith('Комиссия'));
    expect(refusalOfRows([without])).toBe('COLUMN_MISSING Комиссия за Платежную услугу, тенге');
    expect(refusalOfRows([[...HEADER, ...headerCells('MONTHLY').slice(10, 11)]])).toMatch(/^AMBIGUOUS_KIND/);
  });

  it('with a column twice, or with another header further down, is refused', () => {
    expect(refusalOfRows([[...HEADER, 'Сумма Платежа, тенге']])).toBe('COLUMN_TWICE Сумма Платежа, тенге');
    expect(refusalOfRows([HEADER, PURCHASE, headerCells('MONTHLY')])).toBe('HEADER_CHANGED');
    expect(refusalOfRows([HEADER, PURCHASE, ['', ...HEADER]])).toBe('HEADER_CHANGED');
  });

  it('may be in any one sheet; the others are skipped, and a second one with a header is refused', () => {
    const sheet = new RegistrySheet();
    const read = (index: number, ...rows: RegistryCell[][]) => {
      sheet.beginSheet(index);
      return rows.map((cells, row) => sheet.readRow({ row: row + 1, cells }).is);
    };
    expect(read(0, ['Реестр'], PURCHASE)).toEqual(['NOTHING', 'NOTHING']);
    expect(read(1, HEADER, PURCHASE)).toEqual(['HEADER', 'OPERATION']);
    expect(read(3, PURCHASE, ['Итоги', '1'])).toEqual(['NOTHING', 'NOTHING']);
    expect(() => read(4, HEADER)).toThrow('SEVERAL_SHEETS');
  });

  it('may lack optional columns', () => {
    const required = new Set(HEADER.filter((_, index) => ![0, 1, 7, 8, 11, 12].includes(index)));
    const requiredOnly = (cells: readonly RegistryCell[]) =>
      cells.filter((_, index) => required.has(HEADER[index] ?? ''));
    expect(readSheetContent([requiredOnly(HEADER), requiredOnly(PURCHASE)])).toMatchObject({
      operations: [{ mppPaymentId: '12387914889', amount: 1_690_000n, method: null, customerId: null, rate: null }],
      errors: [],
    });
  });
});
