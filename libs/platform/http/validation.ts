import { DomainError, type LocalisedText } from '@mpp/kernel';
import { type ArgumentMetadata, type ValidationError, ValidationPipe } from '@nestjs/common';

/** The messages for the rules that DTOs use; `{0}` and `{1}` are the limits of the rule. */
const TEXTS: Readonly<Record<string, LocalisedText>> = {
  isString: { ru: 'должно быть строкой', kk: 'жол болуы керек' },
  isNotEmpty: { ru: 'не должно быть пустым', kk: 'бос болмауы керек' },
  isLength: { ru: 'длина от {0} до {1} символов', kk: 'ұзындығы {0}–{1} таңба' },
  minLength: { ru: 'не короче {0} символов', kk: '{0} таңбадан кем болмауы керек' },
  maxLength: { ru: 'не длиннее {0} символов', kk: '{0} таңбадан аспауы керек' },
  matches: { ru: 'неверный формат', kk: 'пішімі қате' },
  isAmount: { ru: 'сумма вида 100.00', kk: '100.00 түріндегі сома' },
  isInt: { ru: 'должно быть целым числом', kk: 'бүтін сан болуы керек' },
  min: { ru: 'не меньше {0}', kk: '{0} мәнінен кем емес' },
  max: { ru: 'не больше {0}', kk: '{0} мәнінен артық емес' },
  isIn: { ru: 'одно из: {0}', kk: 'мыналардың бірі: {0}' },
  isArray: { ru: 'должно быть списком', kk: 'тізім болуы керек' },
  arrayMaxSize: { ru: 'не более {0} элементов', kk: '{0} элементтен аспауы керек' },
  isBoolean: { ru: 'true или false', kk: 'true немесе false' },
  isPercent: { ru: 'процент от 0 до 100 вида 0.50', kk: '0-ден 100-ге дейінгі, 0.50 түріндегі пайыз' },
  isDateString: { ru: 'дата ISO 8601', kk: 'ISO 8601 күні' },
};

const OTHER: LocalisedText = { ru: 'неверное значение', kk: 'мәні қате' };

/** No DTO has more than three levels; libraries that recurse over a body fail at some thousands. */
const MAX_DEPTH = 16;

/** Reads DTOs: unknown fields are dropped, invalid ones are reported by field in the caller's language. */
export class DtoPipe extends ValidationPipe {
  constructor() {
    super({
      transform: true,
      whitelist: true,
      validationError: { target: false, value: false },
      exceptionFactory: (errors) =>
        new DomainError('VALIDATION_FAILED', { errors: errors.flatMap((error) => fieldErrors(error)) }),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type !== 'body' || value === undefined) return super.transform(value, metadata);
    if (!isObject(value) || isDeeperThan(MAX_DEPTH, value)) throw new DomainError('VALIDATION_FAILED', NO_OBJECT);
    return super.transform(withoutNulls(value), metadata);
  }
}

const NO_OBJECT = {
  detail: { ru: 'Тело запроса должно быть объектом JSON.', kk: 'Сұраным денесі JSON объектісі болуы керек.' },
};

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => isDeeperThan(levels - 1, part));
}

/** A field that is null counts as absent: an optional field of a DTO is never null. */
function withoutNulls(body: object): object {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}

function fieldErrors(error: ValidationError, parent = ''): { field: string; message: LocalisedText }[] {
  const field = parent === '' ? error.property : `${parent}.${error.property}`;
  const own = Object.entries(error.constraints ?? {}).map(([rule, english]) => ({
    field,
    message: filled(TEXTS[ruleIn(rule, english)] ?? OTHER, limitsIn(rule, english)),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, field))];
}

/** For a length between two limits, the rule of the limit that was violated, if it is known. */
function ruleIn(rule: string, english: string): string {
  if (rule !== 'isLength') return rule;
  const [longer, shorter] = [english.includes('longer than'), english.includes('shorter than')];
  return longer && shorter ? rule : longer ? 'minLength' : 'maxLength';
}

/** class-validator returns the limits only as part of its English message. */
function limitsIn(rule: string, english: string): string[] {
  return rule === 'isIn' ? [english.split(': ').at(-1) ?? ''] : (english.match(/-?\d+/g) ?? []);
}

function filled(text: LocalisedText, limits: readonly string[]): LocalisedText {
  const fill = (sentence: string) => sentence.replace(/\{(\d)\}/g, (_, index: string) => limits[Number(index)] ?? '');
  return { ru: fill(text.ru), kk: fill(text.kk) };
}
