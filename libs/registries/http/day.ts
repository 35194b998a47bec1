import {
  type BusinessDay,
  businessDay,
  businessDayOf,
  type DayRange,
  DomainError,
  type LocalisedText,
  monthOf,
} from '@mpp/kernel';
import { ValidateBy } from 'class-validator';
import { parsePercent } from '../domain/tariff.js';

/** A day like 2026-03-09; named as the rule whose text a caller reads. */
export function IsBusinessDay(): PropertyDecorator {
  return ValidateBy({
    name: 'isDateString',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && businessDay(value) !== null,
      defaultMessage: () => '$property must be a day like 2026-03-09',
    },
  });
}

/** A percentage as the API writes it: a string like 0.50, from 0 to 100 with at most 4 decimals. */
export function IsPercent(): PropertyDecorator {
  return ValidateBy({
    name: 'isPercent',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && parsePercent(value) !== null,
      defaultMessage: () => '$property must be a percentage like 0.50',
    },
  });
}

/** What {@link IsBusinessDay} let pass. VALIDATION_FAILED for anything else. */
export function dayIn(text: string, field: string): BusinessDay {
  return businessDay(text) ?? refuse(field, { ru: 'дата вида 2026-03-09', kk: '2026-03-09 түріндегі күн' });
}

/** A month like 2026-03; without one, that of the moment. VALIDATION_FAILED for anything else. */
export function monthIn(text: string | undefined, now: Date): DayRange {
  if (text === undefined) return monthOf(businessDayOf(now));
  const first = businessDay(`${text}-01`);
  return first ? monthOf(first) : refuse('month', { ru: 'месяц вида 2026-03', kk: '2026-03 түріндегі ай' });
}

function refuse(field: string, message: LocalisedText): never {
  throw new DomainError('VALIDATION_FAILED', { errors: [{ field, message }] });
}
