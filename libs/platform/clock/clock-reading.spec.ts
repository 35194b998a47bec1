import { describe, expect, it } from '@jest/globals';
import { clockReading, describeSkew, provenSkewMs, skewMs } from './clock-reading.js';

const NOON = new Date('2026-03-10T12:00:00Z');
const later = (ms: number) => new Date(NOON.getTime() + ms);

describe('a reading of the database’s clock', () => {
  it('is taken for the middle of the round trip', () => {
    // Sent at 1000, answered at 1080: the database read noon at about 1040.
    const reading = clockReading(NOON, 1000, 1080);
    expect(skewMs(reading, NOON, 1040)).toBe(0);
    expect(reading).toMatchObject({ uncertaintyMs: 40, takenAtMs: 1080 });
  });

  it('tells the database’s time later by the time that has passed since', () => {
    const reading = clockReading(NOON, 1000, 1000);
    expect(skewMs(reading, later(60_000), 61_000)).toBe(0);
    expect(skewMs(reading, later(63_000), 61_000)).toBe(3000);
    expect(skewMs(reading, later(-3_540_000), 61_000)).toBe(-3_600_000);
  });

  it.each([
    [3000, 3000],
    [-3000, 3000],
  ])('of a quick statement proves the whole skew of %d ms', (skew, proven) => {
    expect(provenSkewMs(clockReading(NOON, 1000, 1000), skew)).toBe(proven);
  });

  it('of a slow statement proves only what half of the round trip does not explain', () => {
    const slow = clockReading(NOON, 1000, 5000);
    expect(provenSkewMs(slow, 1900)).toBe(0);
    expect(provenSkewMs(slow, -5000)).toBe(3000);
  });

  it('is described as ahead of or behind', () => {
    expect([3600.4, -12].map(describeSkew)).toEqual(['3600 ms ahead of', '12 ms behind']);
  });
});
