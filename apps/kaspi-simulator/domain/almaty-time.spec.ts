import { describe, expect, it } from '@jest/globals';
import { almatyAsUtc, almatyDateTime, almatyIso, almatyMidnight, almatyMoment } from './almaty-time.js';

describe('the time in Almaty', () => {
  const sold = new Date('2026-02-19T20:57:41.285Z');

  it('has the formats of the PS’s answers, registries and receipts', () => {
    expect(almatyIso(sold)).toBe('2026-02-20T01:57:41.285+05:00');
    expect(almatyIso(new Date('2024-02-19T09:57:41Z'))).toBe('2024-02-19T15:57:41+06:00');
    expect(almatyMoment(sold)).toBe('20.02.2026 01:57:41');
    expect(almatyDateTime(sold)).toBe('2026-02-20+01:57:41.285');
  });

  it('is shown by a spreadsheet without a zone, to the second', () => {
    expect(almatyAsUtc(sold)).toEqual(new Date('2026-02-20T01:57:41Z'));
  });

  it('begins a day at midnight', () => {
    expect(almatyMidnight('2026-02-20')).toEqual(new Date('2026-02-19T19:00:00Z'));
    expect(almatyMidnight('2026-02-28', 1)).toEqual(new Date('2026-02-28T19:00:00Z'));
  });
});
