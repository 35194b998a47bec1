import { describe, expect, it } from '@jest/globals';
import { instantOf } from './instant.js';

describe('a moment in a query of an operator', () => {
  it.each([
    ['2026-03-10T06:00:00Z', '2026-03-10T06:00:00.000Z'],
    ['2026-03-10T06:00:00.120Z', '2026-03-10T06:00:00.120Z'],
    ['2026-03-10T06:00Z', '2026-03-10T06:00:00.000Z'],
    ['2026-03-10T12:00:00+06:00', '2026-03-10T06:00:00.000Z'],
    ['2026-03-10T12:00:00+0600', '2026-03-10T06:00:00.000Z'],
    ['2026-03-10T12:00:00+06', '2026-03-10T06:00:00.000Z'],
    ['2026-03-09T23:30:00-06:30', '2026-03-10T06:00:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ])('%s is %s', (text, iso) => {
    expect(instantOf(text)?.toISOString()).toBe(iso);
  });

  it.each([
    ['a day', '2026-03-10'],
    ['a time without an offset', '2026-03-10T06:00:00'],
    ['an offset with a blank in place of the plus', '2026-03-10T06:00:00 06:00'],
    ['29 February of a year that is no leap year', '2026-02-29T00:00:00Z'],
    ['the 13th month', '2026-13-01T00:00:00Z'],
    ['the hour 25', '2026-03-10T25:00:00Z'],
    ['a number', '1773122400000'],
    ['a week', '2026-W11-2T06:00:00Z'],
    ['a time followed by other text', '2026-03-10T06:00:00Z; drop table'],
    ['an empty text', ''],
  ])('%s is not accepted', (_, text) => {
    expect(instantOf(text)).toBeNull();
  });
});
