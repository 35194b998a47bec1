import { DomainError } from '@mpp/kernel';
import type { Refusal } from '../domain/answer.js';

/** The PS repeats the refund: what it rests on may be forgotten, or is not known yet. */
export class DeferredRefund extends DomainError {
  constructor(
    readonly refusal: Refusal | 'GIVEN_BACK' | 'DEBIT_OPEN',
    code: 'RECOVERY' | 'CORE_UNAVAILABLE',
  ) {
    super(code);
  }
}
