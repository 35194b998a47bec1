import { ValidateBy } from 'class-validator';
import { instantOf } from '../domain/instant.js';

/** A moment with its offset; named as the rule whose text a caller reads. */
export function IsInstant(): PropertyDecorator {
  return ValidateBy({
    name: 'isDateString',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && instantOf(value) !== null,
      defaultMessage: () => '$property must be a moment like 2026-03-10T06:00:00Z',
    },
  });
}
