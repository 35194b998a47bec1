import { describe, expect, it } from '@jest/globals';
import { textOfBody } from './body-text.js';

/** Encodings: test/contract/world/refunds.json. */
describe('The text of a body', () => {
  it('keeps a second byte order mark, and one inside', () => {
    expect(textOfBody(Buffer.from('\ufeff\ufeff1\ufeff'), {})).toBe('\ufeff1\ufeff');
  });
});
