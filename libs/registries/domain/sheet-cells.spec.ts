import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { COLUMN_INDEXES, type Column, purchaseCells, readPurchase } from '../../../test/support/registry-cells.js';
import { shownText } from './sheet-cells.js';

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
});
