import { describe, expect, it } from '@jest/globals';
import { pauseAfter } from './refund.js';

describe('The pause before a refund is repeated', () => {
  it('starts at 200 ms and doubles', () => {
    expect([1, 2, 3, 4].map(pauseAfter)).toEqual([200, 400, 800, 1600]);
  });

  it('is at most 30 s', () => {
    expect([8, 9, 10, 10_000].map(pauseAfter)).toEqual([25_600, 30_000, 30_000, 30_000]);
  });
});
