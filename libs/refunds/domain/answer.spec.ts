import { describe, expect, it } from '@jest/globals';
import { illegal, REFUSALS, type Refusal, SUCCESS } from './answer.js';

describe('what the PS is answered (4.4)', () => {
  it('is SUCCESS with the words of the regulation’s example', () => {
    expect(SUCCESS).toEqual({ resultCode: 'SUCCESS', resultMessage: 'success' });
  });

  it.each(Object.keys(REFUSALS) as Refusal[])(
    'to %s is PARAM_ILLEGAL with words that fit and name nobody',
    (refusal) => {
      const { resultCode, resultMessage } = illegal(refusal);
      expect(resultCode).toBe('PARAM_ILLEGAL');
      expect(resultMessage).toMatch(/^[\x20-\x7e]{1,256}$/);
      expect(resultMessage).toBe(REFUSALS[refusal]);
    },
  );
});
