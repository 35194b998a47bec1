import { describe, expect, it } from '@jest/globals';
import type { KaspiOutcome } from '@mpp/kaspi';
import { meaningOfResultCode } from '../domain/result-code-table.js';
import { queryError } from './query-error.js';

const refusal = (resultCode: string): KaspiOutcome<never> => ({
  kind: 'answered',
  resultCode,
  resultMessage: 'not for the customer',
  httpStatus: 200,
  text: '{}',
  answer: null,
});

describe('what a customer is told where a scan or a checkout brings nothing (R13)', () => {
  it.each(['EXPIRED_CODE', 'PROCESS_FAIL', 'A_NEW_CODE'])(
    '%s: the PS’s code, and a sentence of ours for it',
    (code) => {
      const { code: ours, facts } = queryError(refusal(code));
      expect(ours).toBe('KASPI_REFUSED');
      expect(facts).toEqual({ kaspiResultCode: code, detail: meaningOfResultCode(code).customer });
    },
  );

  it.each<KaspiOutcome<never>>([
    { kind: 'not-sent', reason: 'the connection was refused' },
    { kind: 'unknown', reason: 'HTTP 503', httpStatus: 503, text: 'busy' },
  ])('$kind: no answer, and nothing of what went wrong', (outcome) => {
    expect(queryError(outcome)).toMatchObject({ code: 'KASPI_NO_ANSWER', facts: {} });
  });
});
