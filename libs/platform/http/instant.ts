import { DomainError, parseInstant } from '@mpp/kernel';
import { ValidateBy } from 'class-validator';

/** A client must state the offset: its clock may be anywhere. */
const WITH_OFFSET = /T.*(Z|[+-]\d\d(:?\d\d)?)$/;

/** Reads an ISO 8601 moment with its offset. Null for other text, also for a date without a time. */
export function instantOf(text: string): Date | null {
  return WITH_OFFSET.test(text) ? parseInstant(text) : null;
}

/** A moment with its offset. The rule's name selects the message for the caller. */
export function IsInstant(): PropertyDecorator {
  return ValidateBy({
    name: 'isDateString',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && instantOf(value) !== null,
      defaultMessage: () => '$property must be a moment like 2026-03-10T06:00:00Z',
    },
  });
}

/** The moment of a parameter that {@link IsInstant} accepted; undefined without one. */
export function momentOf(text: string | undefined): Date | undefined {
  return (text === undefined ? null : instantOf(text)) ?? undefined;
}

/** VALIDATION_FAILED for a period that ends before it begins. */
export function requireOrder(from: Date | null | undefined, to: Date | null | undefined): void {
  if (from && to && from > to) {
    const message = { ru: 'не позже чем to', kk: 'to мәнінен кеш емес' };
    throw new DomainError('VALIDATION_FAILED', { errors: [{ field: 'from', message }] });
  }
}
