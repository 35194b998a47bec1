import { DomainError, type LocalisedText } from '@mpp/kernel';
import { type ValidationError, ValidationPipe } from '@nestjs/common';

/** What a caller reads for each rule that our DTOs use; the rule's own limits are filled in for `{0}` and `{1}`. */
const TEXTS: Readonly<Record<string, LocalisedText>> = {
  isString: { ru: 'должно быть строкой', kk: 'жол болуы керек' },
  isNotEmpty: { ru: 'не должно быть пустым', kk: 'бос болмауы керек' },
  isLength: { ru: 'длина от {0} до {1} символов', kk: 'ұзындығы {0}–{1} таңба' },
  maxLength: { ru: 'не длиннее {0} символов', kk: '{0} таңбадан аспауы керек' },
  matches: { ru: 'неверный формат', kk: 'пішімі қате' },
  isAmount: { ru: 'сумма вида 100.00', kk: '100.00 түріндегі сома' },
  isInt: { ru: 'должно быть целым числом', kk: 'бүтін сан болуы керек' },
  min: { ru: 'не меньше {0}', kk: '{0} мәнінен кем емес' },
  max: { ru: 'не больше {0}', kk: '{0} мәнінен артық емес' },
  isIn: { ru: 'одно из: {0}', kk: 'мыналардың бірі: {0}' },
  isArray: { ru: 'должно быть списком', kk: 'тізім болуы керек' },
  isDateString: { ru: 'дата ISO 8601', kk: 'ISO 8601 күні' },
};

const OTHER: LocalisedText = { ru: 'неверное значение', kk: 'мәні қате' };

/** Reads DTOs: unknown fields are dropped, wrong ones are answered by field in the caller's language. */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) =>
      new DomainError('VALIDATION_FAILED', { errors: errors.flatMap((error) => fieldErrors(error)) }),
  });
}

function fieldErrors(error: ValidationError, parent = ''): { field: string; message: LocalisedText }[] {
  const field = parent === '' ? error.property : `${parent}.${error.property}`;
  const own = Object.entries(error.constraints ?? {}).map(([rule, english]) => ({
    field,
    message: filled(TEXTS[rule] ?? OTHER, limitsIn(rule, english)),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, field))];
}

/** class-validator hands out its limits only inside its English sentence. */
function limitsIn(rule: string, english: string): string[] {
  return rule === 'isIn' ? [english.split(': ').at(-1) ?? ''] : (english.match(/-?\d+/g) ?? []);
}

function filled(text: LocalisedText, limits: readonly string[]): LocalisedText {
  const fill = (sentence: string) => sentence.replace(/\{(\d)\}/g, (_, index: string) => limits[Number(index)] ?? '');
  return { ru: fill(text.ru), kk: fill(text.kk) };
}
