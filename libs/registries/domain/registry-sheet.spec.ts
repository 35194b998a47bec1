import { describe, expect, it } from '@jest/globals';
import { formatTiyn, MAX_TIYN } from '@mpp/kernel';
import fc from 'fast-check';
import { exampleCells, exampleSays, headerCells, said } from '../../../test/support/regulation-registries.js';
import { NotARegistry } from './registry-header.js';
import { REGISTRY_KINDS, type RegistryKind, type RegistryRow } from './registry-row.js';
import type { RowProblem } from './row-problem.js';
import type { RegistryCell } from './sheet-cells.js';

const HEADER = headerCells('DAILY');
const [, , PURCHASE = []] = exampleCells('DAILY');
/** Where each column of the regulation is. */
const AT = {
  number: 1,
  kaspi: 2,
  ours: 3,
  confirmed: 4,
  at: 5,
  type: 6,
  customer: 8,
  amount: 9,
  fee: 10,
  rate: 11,
  mcc: 12,
};
type Column = keyof typeof AT;

/** The first operation of the example with other cells in it. */
const cellsWith = (cells: Partial<Record<Column, RegistryCell>>): RegistryCell[] =>
  PURCHASE.map((cell, index) => {
    const column = (Object.keys(AT) as Column[]).find((name) => AT[name] === index);
    return column !== undefined && column in cells ? (cells[column] ?? null) : cell;
  });
const saidOf = (cells: Partial<Record<Column, RegistryCell>>) => {
  const { operations, errors } = said([HEADER, cellsWith(cells)]);
  return { ...operations[0], problems: errors.map(({ column, problem }) => `${column} ${problem}`) };
};
const refusal = (rows: readonly (readonly RegistryCell[])[]) => {
  try {
    said(rows);
  } catch (error) {
    if (error instanceof NotARegistry) return `${error.reason} ${error.column ?? ''}`.trim();
    throw error;
  }
  return 'read';
};

const BLANK = fc.constantFrom(' ', '\u00A0', '\u202F', '\u2009');
/** An amount, and a way in which a spreadsheet may write it. */
const WRITTEN_AMOUNT = fc
  .record({
    tiyn: fc.bigInt({ min: 0n, max: MAX_TIYN }),
    blank: fc.oneof(BLANK, fc.constant('')),
    point: fc.constantFrom(',', '.'),
    minus: fc.constantFrom('', '-', '−'),
    around: fc.oneof(BLANK, fc.constant('')),
  })
  .map(({ tiyn, blank, point, minus, around }) => {
    const [whole = '', decimals = ''] = formatTiyn(tiyn).split('.');
    const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, blank);
    return { tiyn: minus === '' ? tiyn : -tiyn, text: `${around}${minus}${grouped}${point}${decimals}${around}` };
  });

describe('the examples of the regulation', () => {
  it.each(REGISTRY_KINDS)('are read to the tiyn and the second: %s', (kind) => {
    expect(said(exampleCells(kind))).toEqual(exampleSays(kind));
  });

  it.each(REGISTRY_KINDS)(
    'say the same with columns in any order, rows in any place, and more around them: %s',
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
            expect(said(sheet)).toEqual(exampleSays(kind));
          },
        ),
      );
    },
  );

  it('name each row as a spreadsheet numbers it', async () => {
    const { errors } = said([['Реестр'], [], HEADER, PURCHASE, cellsWith({ amount: 'много' })]);
    expect(errors).toEqual([
      { row: 5, column: 'J', header: 'Сумма Платежа, тенге', content: 'много', problem: 'NOT_A_NUMBER' },
    ]);
  });
});

describe('a header', () => {
  it.each<[string, (title: string) => string]>([
    ['in capitals', (title) => title.toUpperCase()],
    ['with no-break and double blanks', (title) => ` ${title.replaceAll(' ', ' \u00A0')} `],
    ['broken into lines', (title) => title.replaceAll(' ', '\n')],
    ['with other quotes', (title) => title.replace('"Сервис"', '«Сервис»').replace('"Сервис"', '“Сервис”')],
    ['with Latin letters among the Cyrillic ones', (title) => title.replaceAll('а', 'a').replaceAll('е', 'e')],
    ['with ё', (title) => title.replace('Подтвержденный', 'Подтверждённый')],
  ])('is known %s', (_, written) => {
    for (const kind of REGISTRY_KINDS) {
      const [header = [], ...rows] = exampleCells(kind);
      expect(said([header.map(written), ...rows])).toEqual(exampleSays(kind));
    }
  });

  it('says which registry it is by the fee', () => {
    expect(REGISTRY_KINDS.map((kind) => said([headerCells(kind)]).kind)).toEqual(REGISTRY_KINDS);
  });

  it('is missing: it is no registry', () => {
    expect(refusal([])).toBe('NO_HEADER');
    expect(refusal([['Платёж', 'Сумма'], ...exampleCells('DAILY').slice(1)])).toBe('NO_HEADER');
  });

  it.each([
    'ID операции Kaspi',
    'ID операции участника',
    'Подтвержденный платеж',
    'Дата и время операции',
    'Тип операции',
  ])('lacks a column that is needed: %s', (title) => {
    const header = HEADER.map((cell) => (cell === title ? 'другое' : cell));
    expect(refusal([header])).toBe(`COLUMN_MISSING ${title}`);
  });

  it('with no fee, or with both, is of neither registry', () => {
    const without = HEADER.filter((cell) => !cell.startsWith('Комиссия'));
    expect(refusal([without])).toBe('COLUMN_MISSING Комиссия за Платежную услугу, тенге');
    expect(refusal([[...HEADER, ...headerCells('MONTHLY').slice(10, 11)]])).toMatch(/^AMBIGUOUS_KIND/);
  });

  it('with a column twice, or another one further down, is not guessed at', () => {
    expect(refusal([[...HEADER, 'Сумма Платежа, тенге']])).toBe('COLUMN_TWICE Сумма Платежа, тенге');
    expect(refusal([HEADER, PURCHASE, headerCells('MONTHLY')])).toBe('HEADER_CHANGED');
    expect(refusal([HEADER, PURCHASE, ['', ...HEADER]])).toBe('HEADER_CHANGED');
  });

  it('may lack what is only nice to know', () => {
    const needed = new Set(HEADER.filter((_, index) => ![0, 1, 7, 8, 11, 12].includes(index)));
    const only = (cells: readonly RegistryCell[]) => cells.filter((_, index) => needed.has(HEADER[index] ?? ''));
    expect(said([only(HEADER), only(PURCHASE)])).toMatchObject({
      operations: [{ mppPaymentId: '12387914889', amount: 1_690_000n, method: null, customerId: null, rate: null }],
      errors: [],
    });
  });
});

describe('totals', () => {
  it('of a registry without operations are said, and there are no rows', () => {
    const totals = HEADER.map((_, index) => ['Итоги', '0'][index] ?? (index === 9 || index === 10 ? '0,00' : ''));
    expect(said([HEADER, totals])).toEqual({
      kind: 'DAILY',
      operations: [],
      totals: [{ rows: 0, amount: 0n, fee: 0n }],
      errors: [],
    });
  });

  it('may be missing, or say nothing, or what cannot be read', () => {
    expect(said([HEADER, PURCHASE]).totals).toEqual([]);
    expect(said([HEADER, ['ИТОГО:']]).totals).toEqual([{ rows: null, amount: null, fee: null }]);
    const { totals, errors } = said([HEADER, ['Итоги', 'три', '', '', '', '', '', '', '', '12', 'x']]);
    expect(totals).toEqual([{ rows: null, amount: 1_200n, fee: null }]);
    expect(errors.map(({ column, problem }) => `${column} ${problem}`)).toEqual(['B NOT_A_NUMBER', 'K NOT_A_NUMBER']);
  });

  it('are no operation, and an operation is no totals, whatever its bank is called', () => {
    expect(said([HEADER, ['Итоги', ...PURCHASE.slice(1)]])).toMatchObject({
      operations: [{ type: 'PURCHASE' }],
      totals: [],
    });
  });
});

describe('an amount', () => {
  it('reads alike in whichever way it is written', () => {
    fc.assert(
      fc.property(WRITTEN_AMOUNT, ({ tiyn, text }) => {
        expect(saidOf({ type: 'Возврат', amount: text })).toMatchObject({
          amount: tiyn < 0n ? -tiyn : tiyn,
          problems: [],
        });
        expect(saidOf({ fee: text })).toMatchObject({ fee: tiyn, problems: [] });
      }),
    );
  });

  it('reads alike as a text and as a number of as many digits as a spreadsheet shows', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 15n) + 1n, max: 10n ** 15n - 1n }), (tiyn) => {
        expect(saidOf({ fee: Number(formatTiyn(tiyn)) })).toMatchObject({ fee: tiyn, problems: [] });
      }),
    );
  });

  it('of a number is what a spreadsheet shows, not its binary fractions', () => {
    expect(saidOf({ amount: 0.1 + 0.2 }).amount).toBe(30n);
    expect(saidOf({ amount: 20_180.000_000_000_004 }).amount).toBe(2_018_000n);
    expect(saidOf({ amount: 1e13 }).amount).toBe(10n ** 15n);
  });

  it.each<[RegistryCell, RowProblem]>([
    ['16,900', 'TOO_MANY_DECIMALS'],
    ['16,900.00', 'NOT_A_NUMBER'],
    ['1 2', 'NOT_A_NUMBER'],
    ['1 0000', 'NOT_A_NUMBER'],
    ['12,', 'NOT_A_NUMBER'],
    ['1e3', 'NOT_A_NUMBER'],
    ['16 900,00 тг', 'NOT_A_NUMBER'],
    ['#N/A', 'NOT_A_NUMBER'],
    [true, 'NOT_A_NUMBER'],
    [new Date('2024-09-23T00:00:00Z'), 'NOT_A_NUMBER'],
    ['', 'MISSING'],
    [null, 'MISSING'],
    [1.005, 'TOO_MANY_DECIMALS'],
    [1e-300, 'TOO_MANY_DECIMALS'],
    [1e300, 'OUT_OF_BOUNDS'],
    ['1000000000000000,01', 'OUT_OF_BOUNDS'],
    ['-16 900,00', 'NEGATIVE_PURCHASE'],
    [-0.01, 'NEGATIVE_PURCHASE'],
  ])('is not guessed at: %j', (cell, problem) => {
    expect(saidOf({ amount: cell })).toMatchObject({
      amount: null,
      mppPaymentId: '12387914889',
      problems: [`J ${problem}`],
    });
  });

  it('never stops the rest, whatever stands in the cells', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.date({ noInvalidDate: false }),
    );
    fc.assert(
      fc.property(fc.array(anything, { minLength: 11, maxLength: 13 }), (cells) => {
        const { operations, errors } = said([HEADER, ['АО', 1, ...cells], PURCHASE]);
        expect(operations.at(-1)).toEqual(exampleSays('DAILY').operations[0]);
        for (const { content } of errors) expect(content).toMatch(/^[^\p{Cc}\p{Cs}]{0,100}$/u);
        const texts = operations.flatMap(({ kaspiOperationId, mppPaymentId }) => [kaspiOperationId, mppPaymentId]);
        for (const text of texts) expect(text ?? '').toMatch(/^[^\p{Cc}\p{Cs}]*$/u);
      }),
    );
  });
});

describe('a rate', () => {
  it.each<[RegistryCell, bigint]>([
    ['0,50', 5_000n],
    ['0.2', 2_000n],
    ['0,1234', 1_234n],
    ['0,50 %', 5_000n],
    ['0.29%', 2_900n],
    [0.3, 3_000n],
    [0, 0n],
    ['100', 1_000_000n],
  ])('of %j is %d ten-thousandths of a percent', (cell, rate) => {
    expect(saidOf({ rate: cell })).toMatchObject({ rate, problems: [] });
  });

  it.each<[RegistryCell, RowProblem]>([
    ['0,12345', 'TOO_MANY_DECIMALS'],
    ['-0,5', 'OUT_OF_BOUNDS'],
    ['100,01', 'OUT_OF_BOUNDS'],
    ['пол', 'NOT_A_NUMBER'],
  ])('is not guessed at: %j', (cell, problem) => {
    expect(saidOf({ rate: cell })).toMatchObject({ rate: null, problems: [`L ${problem}`] });
  });

  it('may be missing', () => {
    expect(saidOf({ rate: '' })).toMatchObject({ rate: null, problems: [] });
  });
});

describe('a moment', () => {
  it.each<[RegistryCell, string]>([
    ['23.09.2024 00:01:41', '2024-09-22T19:01:41.000Z'],
    ['23.09.2024\u00A00:01', '2024-09-22T19:01:00.000Z'],
    ['23.09.2024, 00:01:41,5', '2024-09-22T19:01:41.500Z'],
    ['23/09/2024 00:01:41', '2024-09-22T19:01:41.000Z'],
    ['2024-09-23 00:01:41', '2024-09-22T19:01:41.000Z'],
    ['2024-09-23T00:01:41.123456', '2024-09-22T19:01:41.123Z'],
    ['2024-09-23T00:01:41Z', '2024-09-23T00:01:41.000Z'],
    ['2024-09-23T00:01:41+06:00', '2024-09-22T18:01:41.000Z'],
    [new Date('2024-09-23T00:01:40.999Z'), '2024-09-22T19:01:41.000Z'],
    [new Date('2024-09-23T00:00:00Z'), '2024-09-22T19:00:00.000Z'],
    // Until 1 March 2024 Almaty was six hours ahead.
    ['29.02.2024 12:00:00', '2024-02-29T06:00:00.000Z'],
    ['01.03.2024 12:00:00', '2024-03-01T07:00:00.000Z'],
  ])('of Almaty, %j, is %s', (cell, at) => {
    const found = saidOf({ at: cell });
    expect(found.problems).toEqual([]);
    expect(found.at?.toISOString()).toBe(at);
  });

  it.each<[RegistryCell, RowProblem]>([
    ['23.09.2024', 'NOT_A_MOMENT'],
    ['23.09.24 00:01', 'NOT_A_MOMENT'],
    ['вчера', 'NOT_A_MOMENT'],
    [45558.5, 'NOT_A_MOMENT'],
    ['31.02.2024 00:00:00', 'NO_SUCH_MOMENT'],
    ['23.13.2024 00:00:00', 'NO_SUCH_MOMENT'],
    ['23.09.2024 24:00:00', 'NO_SUCH_MOMENT'],
    ['23.09.2024 10:60', 'NO_SUCH_MOMENT'],
    [new Date('1900-01-01T10:00:00Z'), 'NO_SUCH_MOMENT'],
    ['', 'MISSING'],
  ])('is not guessed at: %j', (cell, problem) => {
    expect(saidOf({ at: cell })).toMatchObject({ at: null, problems: [`F ${problem}`] });
  });

  it('in a date cell is the one that its text would show', () => {
    const moment = fc.date({
      min: new Date('2015-01-01T00:00:00Z'),
      max: new Date('2040-01-01T00:00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moment, fc.integer({ min: -400, max: 400 }), (date, off) => {
        const second = Math.floor(date.getTime() / 1000) * 1000;
        const [day = '', time = ''] = new Date(second).toISOString().slice(0, 19).split('T');
        const text = `${day.split('-').reverse().join('.')} ${time}`;
        expect(saidOf({ at: new Date(second + off) }).at).toEqual(saidOf({ at: text }).at);
      }),
    );
  });
});

describe('an id', () => {
  it.each<[RegistryCell, string]>([
    ['  019a0000-0000-7000-8000-000000000001\u00A0', '019a0000-0000-7000-8000-000000000001'],
    [12387914889, '12387914889'],
    [999_999_999_999_999, '999999999999999'],
    ['00012', '00012'],
  ])('of %j is %s', (cell, id) => {
    expect(saidOf({ ours: cell })).toMatchObject({ mppPaymentId: id, problems: [] });
  });

  it.each<[RegistryCell, RowProblem]>([
    [1_000_000_000_000_000, 'ROUNDED'],
    [1.5, 'NOT_A_TEXT'],
    [-1, 'NOT_A_TEXT'],
    [true, 'NOT_A_TEXT'],
    ['12\u0000', 'UNPRINTABLE'],
    ['12\n34', 'UNPRINTABLE'],
    ['x'.repeat(65), 'TOO_LONG'],
  ])('is not guessed at: %j', (cell, problem) => {
    expect(saidOf({ ours: cell })).toMatchObject({ mppPaymentId: null, problems: [`D ${problem}`] });
  });

  it('of either side is enough; none is too little', () => {
    expect(saidOf({ ours: '' })).toMatchObject({ mppPaymentId: null, kaspiOperationId: 'QR12345678', problems: [] });
    expect(saidOf({ kaspi: null })).toMatchObject({
      kaspiOperationId: null,
      mppPaymentId: '12387914889',
      problems: [],
    });
    expect(saidOf({ ours: ' ', kaspi: '' }).problems).toEqual(['C NO_ID']);
  });
});

describe('a word', () => {
  it.each<[Partial<Record<Column, RegistryCell>>, Partial<RegistryRow>]>([
    [{ confirmed: 'да' }, { confirmed: true }],
    [{ confirmed: ' Нет ' }, { confirmed: false }],
    [{ confirmed: 'HET' }, { confirmed: false }],
    [{ confirmed: true }, { confirmed: true }],
    [{ type: 'ВОЗВРАТ' }, { type: 'REFUND' }],
    [{ type: 'покупка\u00A0' }, { type: 'PURCHASE' }],
    [
      { type: 'Возврат', amount: '-16 900,00' },
      { type: 'REFUND', amount: 1_690_000n },
    ],
    [
      { type: 'Возврат', amount: -16_900 },
      { type: 'REFUND', amount: 1_690_000n },
    ],
    [{ mcc: 742 }, { mcc: '0742' }],
  ])('is known however it is written: %j', (cells, row) => {
    expect(saidOf(cells)).toMatchObject({ ...row, problems: [] });
  });

  it.each<[Partial<Record<Column, RegistryCell>>, string]>([
    [{ confirmed: 'возможно' }, 'E NOT_YES_OR_NO'],
    [{ confirmed: '' }, 'E MISSING'],
    [{ type: 'Перевод' }, 'G NOT_A_TYPE'],
    [{ type: null }, 'G MISSING'],
  ])('that is none of them is told: %j', (cells, problem) => {
    expect(saidOf(cells).problems).toEqual([problem]);
  });
});

describe('a row', () => {
  it('of nothing but a number is an operation of which all is missing', () => {
    const { operations, errors } = said([HEADER, ['АО', '17']]);
    expect(operations).toHaveLength(1);
    expect(errors.map(({ column, problem }) => `${column} ${problem}`)).toEqual([
      'G MISSING',
      'C NO_ID',
      'J MISSING',
      'E MISSING',
      'F MISSING',
    ]);
  });

  it('below the operations that is no operation says nothing', () => {
    expect(said([HEADER, PURCHASE, [], ['Директор', 'Иванов'], [null, ' ']]).errors).toEqual([]);
  });

  it.each<RegistryKind>(['DAILY', 'MONTHLY'])('has a fee that is given back below zero: %s', (kind) => {
    const [header = [], , purchase = []] = exampleCells(kind);
    const refund = purchase.map((cell, index) => ({ 6: 'Возврат', 10: '−84,50' })[index] ?? cell);
    expect(said([header, refund]).operations[0]).toMatchObject({ type: 'REFUND', fee: -8_450n });
  });
});
