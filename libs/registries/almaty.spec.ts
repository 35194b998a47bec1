import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { inAlmaty, onAlmatysClock } from './almaty.js';

const clock = (text: string) => {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = text.split(/\D/).map(Number);
  return { year, month, day, hour, minute, second, millisecond: 0 };
};

describe('the clocks of Almaty', () => {
  it.each([
    ['2024-02-29 12:00:00', '2024-02-29T06:00:00.000Z'],
    ['2024-02-29 22:59:59', '2024-02-29T16:59:59.000Z'],
    ['2024-03-01 00:00:00', '2024-02-29T19:00:00.000Z'],
    ['2026-03-10 23:59:59', '2026-03-10T18:59:59.000Z'],
  ])('showed %s at %s', (local, instant) => {
    expect(inAlmaty()(clock(local))?.toISOString()).toBe(instant);
  });

  it.each(['2024-02-30 00:00:00', '2024-13-01 00:00:00', '2024-03-05 24:00:00', '2024-03-05 10:60:00'])(
    'never showed %s',
    (local) => {
      const almaty = inAlmaty();
      almaty(clock('2024-03-05 00:00:00'));
      expect(almaty(clock(local))).toBeNull();
    },
  );

  it('show any moment again as what it is, but in the hour that they showed twice', () => {
    const almaty = inAlmaty();
    const [from, until] = [Date.parse('2005-01-01T00:00:00Z'), Date.parse('2035-01-01T00:00:00Z')];
    fc.assert(
      fc.property(fc.integer({ min: from, max: until }), (ms) => {
        const local = DateTime.fromMillis(ms, { zone: 'Asia/Almaty' });
        fc.pre(local.getPossibleOffsets().length === 1);
        expect(almaty(local.toObject() as Parameters<typeof almaty>[0])?.getTime()).toBe(ms);
      }),
      { numRuns: 1_000 },
    );
  });
});

it('A moment is what a clock in Almaty shows', () => {
  expect(onAlmatysClock(new Date('2024-09-22T19:01:41Z'))).toEqual(new Date('2024-09-23T00:01:41Z'));
});
