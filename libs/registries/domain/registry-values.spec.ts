import { describe, expect, it } from '@jest/globals';
import { formatTiyn, MAX_TIYN } from '@mpp/kernel';
import fc from 'fast-check';
import { HEADER, PURCHASE, readPurchase } from '../../../test/support/registry-cells.js';
import { exampleContent, readSheetContent } from '../../../test/support/regulation-registries.js';

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

describe('A date and time', () => {
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
