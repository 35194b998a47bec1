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

describe('the error of a scan or checkout without a result (R13)', () => {
  it.each(['EXPIRED_CODE', 'PROCESS_FAIL', 'A_NEW_CODE'])('%s: the PS’s code with our text', (code) => {
    const { code: ours, facts } = queryError(refusal(code));
    expect(ours).toBe('KASPI_REFUSED');
    expect(facts).toEqual({ kaspiResultCode: code, detail: meaningOfResultCode(code).customer });
  });

  it.each<KaspiOutcome<never>>([
    { kind: 'not-sent', reason: 'the connection was refused' },
    { kind: 'unknown', reason: 'HTTP 503', httpStatus: 503, text: 'busy' },
  ])('$kind: no answer, without technical details', (outcome) => {
    expect(queryError(outcome)).toMatchObject({ code: 'KASPI_NO_ANSWER', facts: {} });
  });
});
