import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { COLUMN_INDEXES, type Column, purchaseCells, readPurchase } from '../../../test/support/registry-cells.js';
import { type RegistryCell, shownText } from './sheet-cells.js';

const INVISIBLE = [
  '\u200B',
  '\u200E',
  '\u200F',
  '\u202A',
  '\u202C',
  '\u2060',
  '\u2066',
  '\uFEFF',
  '\u00AD',
  '\u00A0',
  ' ',
  '\t',
];
const invisible = fc.array(fc.constantFrom(...INVISIBLE), { maxLength: 4 }).map((marks) => marks.join(''));

describe('Invisible characters at both ends of a cell', () => {
  it('change nothing, whatever the column is', () => {
    const names = Object.keys(COLUMN_INDEXES) as Column[];
    const usual = readPurchase({});
    expect(usual.problems).toEqual([]);
    fc.assert(
      fc.property(fc.constantFrom(...names), invisible, invisible, (name, before, after) => {
        const text = shownText(purchaseCells({})[COLUMN_INDEXES[name]]);
        expect(readPurchase({ [name]: `${before}${text}${after}` })).toEqual(usual);
      }),
    );
  });

  it('make a cell empty that has nothing else', () => {
    expect(readPurchase({ ours: '\u200B\u202C' })).toMatchObject({ mppPaymentId: null, problems: [] });
  });
});

it('Our id of a payment is the same in capitals; an id of others stays as it is', () => {
  const ours = '01a2253f-5dc3-7299-ba2a-903f5b9e3964';
  const read = (cell: RegistryCell) => readPurchase({ ours: cell }).mppPaymentId;
  expect(read(ours.toUpperCase())).toBe(ours);
  expect(read(`\u202A${ours.toUpperCase()}\u202C`)).toBe(ours);
  expect(read('AbC-1')).toBe('AbC-1');
});
