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

/** A business day like 2026-03-09. The rule's name selects the message for the caller. */
export function IsBusinessDay(): PropertyDecorator {
  return ValidateBy({
    name: 'isDateString',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && businessDay(value) !== null,
      defaultMessage: () => '$property must be a day like 2026-03-09',
    },
  });
}

/** Reads a business day. VALIDATION_FAILED for other text. */
export function dayIn(text: string, field: string): BusinessDay {
  return businessDay(text) ?? refuse(field, { ru: 'дата вида 2026-03-09', kk: '2026-03-09 түріндегі күн' });
}

/** Reads the business day of a path. NOT_FOUND for other text. */
export function dayInPath(text: string): BusinessDay {
  const day = businessDay(text);
  if (day === null) throw new DomainError('NOT_FOUND');
  return day;
}

/** Reads a month like 2026-03; without text, the current month in Almaty. VALIDATION_FAILED for other text. */
export function monthIn(text: string | undefined, now: Date): DayRange {
  if (text === undefined) return monthOf(businessDayOf(now));
  const first = businessDay(`${text}-01`);
  return first ? monthOf(first) : refuse('month', { ru: 'месяц вида 2026-03', kk: '2026-03 түріндегі ай' });
}

function refuse(field: string, message: LocalisedText): never {
  throw new DomainError('VALIDATION_FAILED', { errors: [{ field, message }] });
}
