import type { KaspiOutcome } from '@mpp/kaspi';
import { DomainError } from '@mpp/kernel';
import { meaningOf } from '../domain/result-code-table.js';

/** What the caller is told where a scan or a checkout brought no answer, or a refusal (R13). */
export function unanswered(outcome: KaspiOutcome<unknown>): DomainError {
  if (outcome.kind !== 'answered') return new DomainError('KASPI_NO_ANSWER');
  const { resultCode } = outcome;
  return new DomainError('KASPI_REFUSED', { detail: meaningOf(resultCode).customer, kaspiResultCode: resultCode });
}
