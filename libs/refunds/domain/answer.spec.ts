import { describe, expect, it } from '@jest/globals';
import { illegal, REFUSALS, type Refusal, SUCCESS } from './answer.js';

describe('the answer to the PS (regulation 4.4)', () => {
  it('is SUCCESS with the text of the regulation’s example', () => {
    expect(SUCCESS).toEqual({ resultCode: 'SUCCESS', resultMessage: 'success' });
  });

  it.each(Object.keys(REFUSALS) as Refusal[])(
    'to %s is PARAM_ILLEGAL with a text of at most 256 characters and without personal data',
    (refusal) => {
      const { resultCode, resultMessage } = illegal(refusal);
      expect(resultCode).toBe('PARAM_ILLEGAL');
      expect(resultMessage).toMatch(/^[\x20-\x7e]{1,256}$/);
      expect(resultMessage).toBe(REFUSALS[refusal]);
    },
  );
});
