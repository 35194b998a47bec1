import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseInstant } from './moment.js';

describe('a moment (R5)', () => {
  it.each([
    ['2023-08-09T18:31:42+06', '2023-08-09T12:31:42.000Z'],
    ['2023-08-09T18:31:42+0600', '2023-08-09T12:31:42.000Z'],
    ['2024-02-19T15:57:41+06:00', '2024-02-19T09:57:41.000Z'],
    ['2024-10-31T16:26:29+05:00', '2024-10-31T11:26:29.000Z'],
    ['2024-02-19T09:57:41Z', '2024-02-19T09:57:41.000Z'],
    ['2024-02-19T09:57:41.5Z', '2024-02-19T09:57:41.500Z'],
    ['2024-02-19T15:57:41', '2024-02-19T09:57:41.000Z'],
    ['2024-03-02T15:57:41', '2024-03-02T10:57:41.000Z'],
    ['2026-11-29T08:00:39+05', '2026-11-29T03:00:39.000Z'],
    ['2026-11-29 08:00:39.1234567 +05', '2026-11-29T03:00:39.123Z'],
    ['2026-11-29T08:00:39,5-0930', '2026-11-29T17:30:39.500Z'],
    ['2026-11-29t03:00z', '2026-11-29T03:00:00.000Z'],
  ])('%s is the instant %s (R5; Almaty left +06 on 1 March 2024)', (text, expected) => {
    expect(parseInstant(text)?.toISOString()).toBe(expected);
  });

  it.each([
    '',
    'tomorrow',
    '2024-02-30T00:00:00Z',
    '2024-02-19',
    '19.02.2024 15:57:41',
    '1708336661',
    '2026-11-29T24:00:00Z',
    '2026-11-29T08:00:39+19',
    '2026-11-29T08:00:39+05:60',
    '2026-11-31T08:00:39Z',
    '2026-11-29T08:00:39+5',
  ])('%j is not an instant', (text) => {
    expect(parseInstant(text)).toBeNull();
  });

  it('are read in every offset', () => {
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
