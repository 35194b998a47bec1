import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HEADER, PURCHASE, purchaseCells } from '../../../test/support/registry-cells.js';
import { exampleCells, exampleContent, readSheetContent } from '../../../test/support/regulation-registries.js';
import { REGISTRY_KINDS, type RegistryKind } from './registry-row.js';
import type { RegistryCell } from './sheet-cells.js';

describe('The examples of the regulation', () => {
  it.each(REGISTRY_KINDS)('are read to the tiyn and the second: %s', (kind) => {
    expect(readSheetContent(exampleCells(kind))).toEqual(exampleContent(kind));
  });

  it.each(REGISTRY_KINDS)(
    'have the same content with columns and rows in another order and other cells around them: %s',
    (kind) => {
      const [header = [], totals = [], ...operations] = exampleCells(kind);
      const order = fc.shuffledSubarray([...header.keys(), 13, 14], { minLength: 15 });
      fc.assert(
        fc.property(
          order,
          fc.nat(3),
          fc.nat(4),
          fc.boolean(),
          fc.constantFrom(3, 0, 1, 2),
          (columns, above, left, again, at) => {
            const place = (cells: readonly RegistryCell[]) => [
              ...Array.from({ length: left }, () => null),
              ...columns.map((column) => cells[column] ?? null),
            ];
            const body: RegistryCell[][] = operations.map((cells) => [...cells, 'заметка', 7]);
            body.splice(at, 0, [...totals, null, null]);
            const title = [...header, 'Примечание', 'Ещё'];
            const sheet = [
              ...Array.from({ length: above }, (_, row) => (row === 0 ? ['Реестр за 23.09.2024'] : [])),
              place(title),
              ...body.slice(0, 2).map(place),
              ...(again ? [place(title), []] : []),
              ...body.slice(2).map(place),
              place(['Исполнитель: бухгалтерия']),
            ];
            expect(readSheetContent(sheet)).toEqual(exampleContent(kind));
          },
        ),
      );
    },
  );

  it('number each row as the sheet does', async () => {
    const { errors } = readSheetContent([['Реестр'], [], HEADER, PURCHASE, purchaseCells({ amount: 'много' })]);
    expect(errors).toEqual([
      { row: 5, column: 'J', header: 'Сумма Платежа, тенге', content: 'много', problem: 'NOT_A_NUMBER' },
    ]);
  });
});

describe('Totals', () => {
  it('of a registry without operations are read', () => {
    const totals = HEADER.map((_, index) => ['Итоги', '0'][index] ?? (index === 9 || index === 10 ? '0,00' : ''));
    expect(readSheetContent([HEADER, totals])).toEqual({
      kind: 'DAILY',
      operations: [],
      totals: [{ rows: 0, amount: 0n, fee: 0n }],
      errors: [],
    });
  });

  it('may be missing, empty or unreadable', () => {
    expect(readSheetContent([HEADER, PURCHASE]).totals).toEqual([]);
    expect(readSheetContent([HEADER, ['ИТОГО:']]).totals).toEqual([{ rows: null, amount: null, fee: null }]);
    const { totals, errors } = readSheetContent([HEADER, ['Итоги', 'три', '', '', '', '', '', '', '', '12', 'x']]);
    expect(totals).toEqual([{ rows: null, amount: 1_200n, fee: null }]);
    expect(errors.map(({ column, problem }) => `${column} ${problem}`)).toEqual(['B NOT_A_NUMBER', 'K NOT_A_NUMBER']);
  });

  it.each(['Итого по реестру:', 'ИТОГО ЗА ДЕНЬ', 'Grand total', ''])(
    'are recognised by their shape, whatever they are called: %j',
    (name) => {
      const row = [name, '1', '', '', '', '', '', '', '', '16 900,00', '84,50', '', ''];
      expect(readSheetContent([HEADER, PURCHASE, row])).toMatchObject({
        operations: [{ type: 'PURCHASE' }],
        totals: [{ rows: 1, amount: 1_690_000n, fee: 8_450n }],
        errors: [],
      });
    },
  );

  it('of formulas without a value are unknown, not zero; a template’s formulas below the table are nothing', () => {
    const unknown = { unknown: true } as const;
    const row = (amount: RegistryCell, name: string | null) => [
      ...[name, null, null, null, null, null, null, null, null],
      ...[amount, unknown],
    ];
    const { totals, errors } = readSheetContent([HEADER, PURCHASE, row('16 900,00', 'Всего'), [null, null, unknown]]);
    expect(totals).toEqual([{ rows: null, amount: 1_690_000n, fee: null }]);
    expect(errors).toMatchObject([{ row: 3, column: 'K', problem: 'NOT_COMPUTED' }]);
  });

  it('are not an operation, and an operation of a bank named “Итоги” is not totals', () => {
    expect(readSheetContent([HEADER, ['Итоги', ...PURCHASE.slice(1)]])).toMatchObject({
      operations: [{ type: 'PURCHASE' }],
      totals: [],
    });
  });
});

describe('A row', () => {
  it('with only a number is an operation with all values missing', () => {
    const { operations, errors } = readSheetContent([HEADER, ['АО', '17']]);
    expect(operations).toHaveLength(1);
    expect(errors.map(({ column, problem }) => `${column} ${problem}`)).toEqual([
      'G MISSING',
      'C NO_ID',
      'J MISSING',
      'E MISSING',
      'F MISSING',
    ]);
  });

  it('below the operations that is not an operation is ignored', () => {
    expect(readSheetContent([HEADER, PURCHASE, [], ['Директор', 'Иванов'], [null, ' ']]).errors).toEqual([]);
  });

  it.each<RegistryKind>(['DAILY', 'MONTHLY'])('has a negative fee if Kaspi returns it: %s', (kind) => {
    const [header = [], , purchase = []] = exampleCells(kind);
    const refund = purchase.map((cell, index) => ({ 6: 'Возврат', 10: '−84,50' })[index] ?? cell);
    expect(readSheetContent([header, refund]).operations[0]).toMatchObject({ type: 'REFUND', fee: -8_450n });
  });
});
