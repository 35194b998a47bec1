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
    ['no offset', '2026-03-10T06:00:00'],
    ['a blank for the plus of the offset', '2026-03-10T06:00:00 06:00'],
    ['a day that February does not have', '2026-02-29T00:00:00Z'],
    ['the 13th month', '2026-13-01T00:00:00Z'],
    ['an hour that no day has', '2026-03-10T25:00:00Z'],
    ['a number', '1773122400000'],
    ['a week', '2026-W11-2T06:00:00Z'],
    ['something behind it', '2026-03-10T06:00:00Z; drop table'],
    ['nothing', ''],
  ])('%s is none', (_, text) => {
    expect(instantOf(text)).toBeNull();
  });
});
