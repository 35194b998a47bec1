import { describe, expect, it } from '@jest/globals';
import { formatTiyn, MAX_TIYN } from '@mpp/kernel';
import fc from 'fast-check';
import { type ChangedCells, HEADER, PURCHASE, readPurchase } from '../../../test/support/registry-cells.js';
import { exampleContent, readSheetContent } from '../../../test/support/regulation-registries.js';
import type { RegistryRow } from './registry-row.js';
import type { RowProblem } from './row-problem.js';
import type { RegistryCell } from './sheet-cells.js';

const BLANK = fc.constantFrom(' ', '\u00A0', '\u202F', '\u2009');
/** An amount in a notation of spreadsheets. */
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

describe('An amount', () => {
  it('is the same in any notation', () => {
    fc.assert(
      fc.property(WRITTEN_AMOUNT, ({ tiyn, text }) => {
        expect(readPurchase({ type: 'Возврат', amount: text })).toMatchObject({
          amount: tiyn < 0n ? -tiyn : tiyn,
          problems: [],
        });
        expect(readPurchase({ fee: text })).toMatchObject({ fee: tiyn, problems: [] });
      }),
    );
  });

  it('is the same as a text and as a number with the digits that a spreadsheet shows', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 15n) + 1n, max: 10n ** 15n - 1n }), (tiyn) => {
        expect(readPurchase({ fee: Number(formatTiyn(tiyn)) })).toMatchObject({ fee: tiyn, problems: [] });
      }),
    );
  });

  it('of a number is what a spreadsheet shows, not its binary fraction', () => {
    expect(readPurchase({ amount: 0.1 + 0.2 }).amount).toBe(30n);
    expect(readPurchase({ amount: 20_180.000_000_000_004 }).amount).toBe(2_018_000n);
    expect(readPurchase({ amount: 1e13 }).amount).toBe(10n ** 15n);
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
  ])('that cannot be read is an error: %j', (cell, problem) => {
    expect(readPurchase({ amount: cell })).toMatchObject({
      amount: null,
      mppPaymentId: '12387914889',
      problems: [`J ${problem}`],
    });
  });

  it('and other cells with any content do not prevent the reading of the next row', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.date({ noInvalidDate: false }),
    );
    fc.assert(
      fc.property(fc.array(anything, { minLength: 11, maxLength: 13 }), (cells) => {
        const { operations, errors } = readSheetContent([HEADER, ['АО', 1, ...cells], PURCHASE]);
        expect(operations.at(-1)).toEqual(exampleContent('DAILY').operations[0]);
        for (const { content } of errors) expect(content).toMatch(/^[^\p{Cc}\p{Cs}]{0,100}$/u);
        const texts = operations.flatMap(({ kaspiOperationId, mppPaymentId }) => [kaspiOperationId, mppPaymentId]);
        for (const text of texts) expect(text ?? '').toMatch(/^[^\p{Cc}\p{Cs}]*$/u);
      }),
    );
  });
});

describe('A rate', () => {
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
    expect(readPurchase({ rate: cell })).toMatchObject({ rate, problems: [] });
  });

  it.each<[RegistryCell, RowProblem]>([
    ['0,12345', 'TOO_MANY_DECIMALS'],
    ['-0,5', 'OUT_OF_BOUNDS'],
    ['100,01', 'OUT_OF_BOUNDS'],
    ['пол', 'NOT_A_NUMBER'],
  ])('that cannot be read is an error: %j', (cell, problem) => {
    expect(readPurchase({ rate: cell })).toMatchObject({ rate: null, problems: [`L ${problem}`] });
  });

  it('may be missing', () => {
    expect(readPurchase({ rate: '' })).toMatchObject({ rate: null, problems: [] });
  });
});

describe('A date and time', () => {
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
  ])('in Almaty, %j, is %s', (cell, at) => {
    const found = readPurchase({ at: cell });
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
  ])('that cannot be read is an error: %j', (cell, problem) => {
    expect(readPurchase({ at: cell })).toMatchObject({ at: null, problems: [`F ${problem}`] });
  });

  it('in a date cell is the same as in its text', () => {
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
        expect(readPurchase({ at: new Date(second + off) }).at).toEqual(readPurchase({ at: text }).at);
      }),
    );
  });
});

describe('An id', () => {
  it.each<[RegistryCell, string]>([
    ['  019a0000-0000-7000-8000-000000000001\u00A0', '019a0000-0000-7000-8000-000000000001'],
    [12387914889, '12387914889'],
    [999_999_999_999_999, '999999999999999'],
    ['00012', '00012'],
  ])('of %j is %s', (cell, id) => {
    expect(readPurchase({ ours: cell })).toMatchObject({ mppPaymentId: id, problems: [] });
  });

  it.each<[RegistryCell, RowProblem]>([
    [1_000_000_000_000_000, 'ROUNDED'],
    [1.5, 'NOT_A_TEXT'],
    [-1, 'NOT_A_TEXT'],
    [true, 'NOT_A_TEXT'],
    ['12\u0000', 'UNPRINTABLE'],
    ['12\n34', 'UNPRINTABLE'],
    ['x'.repeat(65), 'TOO_LONG'],
  ])('that cannot be read is an error: %j', (cell, problem) => {
    expect(readPurchase({ ours: cell })).toMatchObject({ mppPaymentId: null, problems: [`D ${problem}`] });
  });

  it('of one side is enough; an operation without any is an error', () => {
    expect(readPurchase({ ours: '' })).toMatchObject({
      mppPaymentId: null,
      kaspiOperationId: 'QR12345678',
      problems: [],
    });
    expect(readPurchase({ kaspi: null })).toMatchObject({
      kaspiOperationId: null,
      mppPaymentId: '12387914889',
      problems: [],
    });
    expect(readPurchase({ ours: ' ', kaspi: '' }).problems).toEqual(['C NO_ID']);
  });
});

describe('A word', () => {
  it.each<[ChangedCells, Partial<RegistryRow>]>([
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
  ])('is recognized in any spelling: %j', (cells, row) => {
    expect(readPurchase(cells)).toMatchObject({ ...row, problems: [] });
  });

  it.each<[ChangedCells, string]>([
    [{ confirmed: 'возможно' }, 'E NOT_YES_OR_NO'],
    [{ confirmed: '' }, 'E MISSING'],
    [{ type: 'Перевод' }, 'G NOT_A_TYPE'],
    [{ type: null }, 'G MISSING'],
  ])('that is unknown is an error: %j', (cells, problem) => {
    expect(readPurchase(cells).problems).toEqual([problem]);
  });
});
