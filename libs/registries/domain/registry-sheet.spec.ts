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

describe('A row', () => {
  it.each<RegistryKind>(['DAILY', 'MONTHLY'])('has a negative fee if Kaspi returns it: %s', (kind) => {
    const [header = [], , purchase = []] = exampleCells(kind);
    const refund = purchase.map((cell, index) => ({ 6: 'Возврат', 10: '−84,50' })[index] ?? cell);
    expect(readSheetContent([header, refund]).operations[0]).toMatchObject({ type: 'REFUND', fee: -8_450n });
  });
});
