import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { almatyInstant, almatyWallClock } from './almaty.js';

const shown = (text: string) => Date.parse(`${text.replace(' ', 'T')}Z`);

describe('the time of Almaty', () => {
  it.each([
    ['2024-02-29 12:00:00', '2024-02-29T06:00:00.000Z'],
    ['2024-02-29 22:59:59', '2024-02-29T16:59:59.000Z'],
    ['2024-03-01 00:00:00', '2024-02-29T19:00:00.000Z'],
    ['2024-09-23 00:01:41', '2024-09-22T19:01:41.000Z'],
    ['2026-03-10 23:59:59', '2026-03-10T18:59:59.000Z'],
  ])('is %s at %s', (local, instant) => {
    expect(almatyInstant(shown(local)).toISOString()).toBe(instant);
    expect(almatyWallClock(new Date(instant)).getTime()).toBe(shown(local));
  });

  it('is the same as with current time zone data, except in the hour that occurred twice', () => {
    const [from, until] = [Date.parse('2005-01-01T00:00:00Z'), Date.parse('2035-01-01T00:00:00Z')];
    fc.assert(
      fc.property(fc.integer({ min: from, max: until }), (ms) => {
        const local = DateTime.fromMillis(ms, { zone: 'Asia/Almaty' });
        const wallClock = local.setZone('utc', { keepLocalTime: true }).toMillis();
        expect(almatyWallClock(new Date(ms)).getTime()).toBe(wallClock);
        fc.pre(local.getPossibleOffsets().length === 1);
        expect(almatyInstant(wallClock).getTime()).toBe(ms);
      }),
      { numRuns: 1_000 },
    );
  });
});
