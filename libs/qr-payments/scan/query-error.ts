import type { KaspiOutcome } from '@mpp/kaspi';
import { DomainError } from '@mpp/kernel';
import { meaningOfResultCode } from '../domain/result-code-table.js';

/** The error for a scan or checkout without an answer, or with a refusal (R13). */
export function queryError(outcome: KaspiOutcome<unknown>): DomainError {
  if (outcome.kind !== 'answered') return new DomainError('KASPI_NO_ANSWER');
  const { resultCode } = outcome;
  return new DomainError('KASPI_REFUSED', {
    detail: meaningOfResultCode(resultCode).customer,
    kaspiResultCode: resultCode,
  });
}
