import { DomainError, type LocalisedText } from '@mpp/kernel';

/** The part of a ServiceForm of qr-payments that the rules need. */
export interface Form {
  readonly parameters: readonly {
    readonly id: number;
    /** Filled in by the PS. */
    readonly value: string | null;
    readonly options: readonly { readonly key: string }[];
  }[];
}

export interface Value {
  readonly id: number;
  readonly value: string;
}

/** Regulation 4.2. */
export const MAX_VALUE_CHARACTERS = 64;

/**
 * The values for checkout, one for each parameter, in the form's order. Values of the PS are returned unchanged; the others are the
 * customer's, for a parameter with options the option's key. Throws FORM_INVALID with every field that is missing, unknown, given
 * twice, too long, or not among the options. Source: regulation 4.1 and 4.2.
 */
export function filled(form: Form, given: readonly Value[]): Value[] {
  const errors: { field: string; message: LocalisedText }[] = [];
  const addFault = (id: number, message: LocalisedText) => errors.push({ field: `parameters.${id}`, message });
  const values = new Map<number, string>();
  for (const { id, value } of given) {
    if (!form.parameters.some((parameter) => parameter.id === id)) addFault(id, UNKNOWN);
    else if (values.has(id)) addFault(id, TWICE);
    else values.set(id, value);
  }
  const result = form.parameters.map((parameter) => {
    const value = parameter.value ?? values.get(parameter.id) ?? '';
    const wrong = parameter.value === null ? faultOf(value, parameter.options) : null;
    if (wrong !== null) addFault(parameter.id, wrong);
    return { id: parameter.id, value };
  });
  if (errors.length > 0) throw new DomainError('FORM_INVALID', { errors });
  return result;
}

export function sameValues(one: readonly Value[], other: readonly Value[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ id, value }, index) => other[index]?.id === id && other[index]?.value === value)
  );
}

function faultOf(value: string, options: readonly { readonly key: string }[]): LocalisedText | null {
  if (value.trim() === '') return MISSING;
  if (options.length > 0) return options.some(({ key }) => key === value) ? null : NO_OPTION;
  if ([...value].length > MAX_VALUE_CHARACTERS) return TOO_LONG;
  return null;
}

const MISSING: LocalisedText = { ru: 'заполните поле', kk: 'өрісті толтырыңыз' };
const UNKNOWN: LocalisedText = { ru: 'такого поля в форме нет', kk: 'формада мұндай өріс жоқ' };
const TWICE: LocalisedText = { ru: 'поле указано дважды', kk: 'өріс екі рет көрсетілген' };
const NO_OPTION: LocalisedText = { ru: 'выберите значение из списка', kk: 'тізімнен мән таңдаңыз' };
const TOO_LONG: LocalisedText = {
  ru: `не длиннее ${MAX_VALUE_CHARACTERS} символов`,
  kk: `${MAX_VALUE_CHARACTERS} таңбадан аспауы керек`,
};
