import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pauseAfter } from './backoff.js';

const backoff = { baseMs: 500, maxMs: 60_000 };

describe('the pause before a repeat (R10)', () => {
  it('is at most the base for the first repeat, and doubles at most', () => {
    const longest = (attempts: number) => pauseAfter(attempts, backoff, () => 1);
    expect([1, 2, 3, 4].map(longest)).toEqual([500, 1000, 2000, 4000]);
  });

  it('is between 0 and the cap after any number of attempts', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempts, random) => {
          const pause = pauseAfter(attempts, backoff, () => random);
          return Number.isSafeInteger(pause) && pause >= 0 && pause <= backoff.maxMs;
        },
      ),
    );
  });

  it('is spread over the whole range', () => {
    expect(pauseAfter(20, backoff, () => 0.5)).toBe(30_000);
    expect(pauseAfter(20, backoff, () => 0)).toBe(0);
  });
});
