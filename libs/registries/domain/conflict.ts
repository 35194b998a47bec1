import { DomainError, type LocalisedText } from '@mpp/kernel';

/** STATE_CONFLICT with this text for the operator. */
export function throwConflict(detail: LocalisedText): never {
  throw new DomainError('STATE_CONFLICT', { detail });
}
