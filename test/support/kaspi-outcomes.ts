import type { KaspiOutcome } from '../../libs/kaspi/index.js';

export const SUCCESS = {
  kind: 'answered',
  resultCode: 'SUCCESS',
  resultMessage: 'success',
  answer: null,
  httpStatus: 200,
  text: '{"result":{"resultCode":"SUCCESS"}}',
} as const satisfies KaspiOutcome<null>;
export const REFUSAL: KaspiOutcome<null> = { ...SUCCESS, resultCode: 'RISK_REJECT', text: '{"refused":true}' };
export const NO_ANSWER: KaspiOutcome<null> = { kind: 'unknown', reason: 'no answer in 5000 ms' };
export const NO_CONNECTION: KaspiOutcome<null> = { kind: 'not-sent', reason: 'ECONNREFUSED' };

/** An answer without a result code. */
export const unreadable = (httpStatus: number): KaspiOutcome<null> => ({
  kind: 'unknown',
  reason: `HTTP ${httpStatus}`,
  httpStatus,
  text: '<html>',
});
