import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseInstant } from './moment.js';

describe('a moment (R5)', () => {
  it('is read in every offset', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
        fc.integer({ min: -12, max: 14 }),
        (instant, hours) => {
          const local = new Date(instant.getTime() + hours * 3_600_000).toISOString().replace('Z', '');
          const offset = `${hours < 0 ? '-' : '+'}${String(Math.abs(hours)).padStart(2, '0')}`;
          expect(parseInstant(local + offset)?.getTime()).toBe(instant.getTime());
        },
      ),
    );
  });
});
