import { describe, expect, it } from '@jest/globals';
import { derivedId } from './derived-id.js';

describe('an id that leaves the server (R39)', () => {
  it('is the same for the same cause, in every process and release', () => {
    expect(derivedId('debit', 'ps-1', '900900000001')).toBe('84d78068-e4f7-5bf8-8cc8-09ed21b1eae5');
  });

  it('differs for another cause, and for something else of the same cause', () => {
    const ids = [
      derivedId('debit', 'ps-1', '900900000001'),
      derivedId('debit', 'ps-1', '900900000002'),
      derivedId('debit', 'ps-19', '00900000001'),
      derivedId('credit', 'ps-1', '900900000001'),
      derivedId('debit', 'ps-1'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});
