import { describe, expect, it } from '@jest/globals';
import { DomainError } from '@mpp/kernel';
import fc from 'fast-check';
import { type Form, filled, MAX_VALUE_CHARACTERS, sameValues, type Value } from './filling.js';

const PLATE = { id: 3932, value: null, options: [] };
const ZONE = { id: 3933, value: null, options: [{ key: 'A1' }, { key: 'B2' }] };
const CITY = { id: 3934, value: 'Алматы', options: [] };
const FORM: Form = { parameters: [PLATE, ZONE, CITY] };

const plate = { id: 3932, value: '547RBA02' };
const zone = { id: 3933, value: 'A1' };
const city = { id: 3934, value: 'Алматы' };

/** The invalid fields with their messages. */
function faults(form: Form, given: readonly Value[], locale: 'ru' | 'kk' = 'ru'): string[] {
  try {
    filled(form, given);
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'FORM_INVALID') throw error;
    return (error.facts.errors ?? []).map(({ field, message }) => `${field}: ${message[locale]}`);
  }
  return [];
}

describe('a form, filled in', () => {
  it.each<[string, Value[]]>([
    ['in its order', [plate, zone]],
    ['in another order', [zone, plate]],
    ['with the PS’s values', [plate, zone, city]],
    ['with another value for a value of the PS', [{ ...city, value: 'Астана' }, zone, plate]],
    ['with an empty value for a value of the PS', [plate, { ...city, value: '' }, zone]],
    ['with a too long value for a value of the PS', [plate, { ...city, value: 'x'.repeat(100) }, zone]],
  ])('%s is one value for each parameter, in the form’s order', (_, given) => {
    expect(filled(FORM, given)).toEqual([plate, zone, city]);
  });

  it('has the entered values to the character, blanks included', () => {
    expect(filled({ parameters: [PLATE] }, [{ id: 3932, value: ' 547 RBA ' }])).toEqual([
      { id: 3932, value: ' 547 RBA ' },
    ]);
  });

  it('without open parameters has the PS’s values', () => {
    expect(filled({ parameters: [CITY] }, [])).toEqual([city]);
    expect(filled({ parameters: [] }, [])).toEqual([]);
  });

  it('returns values of the PS unchanged, even if they are no option or too long', () => {
    const long = 'x'.repeat(MAX_VALUE_CHARACTERS + 1);
    const odd = [
      { ...ZONE, value: 'C3' },
      { ...CITY, value: long },
    ];
    expect(filled({ parameters: odd }, [])).toEqual([
      { id: 3933, value: 'C3' },
      { id: 3934, value: long },
    ]);
  });

  it.each([
    ['a letter', 'A'],
    ['zero', '0'],
    ['64 characters', 'x'.repeat(64)],
    ['64 characters that take two code units each', '🚗'.repeat(64)],
  ])('accepts %s', (_, value) => {
    expect(faults({ parameters: [PLATE] }, [{ id: 3932, value }])).toEqual([]);
  });
});

describe('a form is refused, and every invalid field is named:', () => {
  it.each<[string, Value[], string[], string[]]>([
    ['missing', [zone], ['parameters.3932: заполните поле'], ['parameters.3932: өрісті толтырыңыз']],
    [
      'empty',
      [zone, { ...plate, value: '' }],
      ['parameters.3932: заполните поле'],
      ['parameters.3932: өрісті толтырыңыз'],
    ],
    [
      'blank',
      [zone, { ...plate, value: ' \u00a0 ' }],
      ['parameters.3932: заполните поле'],
      ['parameters.3932: өрісті толтырыңыз'],
    ],
    ['not chosen', [plate], ['parameters.3933: заполните поле'], ['parameters.3933: өрісті толтырыңыз']],
    [
      'not among the options',
      [plate, { ...zone, value: 'C3' }],
      ['parameters.3933: выберите значение из списка'],
      ['parameters.3933: тізімнен мән таңдаңыз'],
    ],
    [
      'an option’s key in another case',
      [plate, { ...zone, value: 'a1' }],
      ['parameters.3933: выберите значение из списка'],
      ['parameters.3933: тізімнен мән таңдаңыз'],
    ],
    [
      'too long by one character',
      [zone, { ...plate, value: 'x'.repeat(65) }],
      ['parameters.3932: не длиннее 64 символов'],
      ['parameters.3932: 64 таңбадан аспауы керек'],
    ],
    [
      'unknown',
      [plate, zone, { id: 1, value: 'x' }],
      ['parameters.1: такого поля в форме нет'],
      ['parameters.1: формада мұндай өріс жоқ'],
    ],
    [
      'given twice, even with the same value',
      [plate, zone, plate],
      ['parameters.3932: поле указано дважды'],
      ['parameters.3932: өріс екі рет көрсетілген'],
    ],
    [
      'all of it at once',
      [{ id: 1, value: '' }, { ...plate, value: 'x'.repeat(65) }, city, city],
      [
        'parameters.1: такого поля в форме нет',
        'parameters.3934: поле указано дважды',
        'parameters.3932: не длиннее 64 символов',
        'parameters.3933: заполните поле',
      ],
      [
        'parameters.1: формада мұндай өріс жоқ',
        'parameters.3934: өріс екі рет көрсетілген',
        'parameters.3932: 64 таңбадан аспауы керек',
        'parameters.3933: өрісті толтырыңыз',
      ],
    ],
  ])('%s', (_, given, ru, kk) => {
    expect(faults(FORM, given)).toEqual(ru);
    expect(faults(FORM, given, 'kk')).toEqual(kk);
  });
});

describe('any form and any values', () => {
  const id = fc.integer({ min: 0, max: 9 });
  const text = fc.string({ unit: 'grapheme', maxLength: 70 });
  const options = fc.array(fc.record({ key: fc.constantFrom('A', 'B', 'C') }), { maxLength: 3 });
  const parameter = fc.record({ id, value: fc.option(fc.string({ minLength: 1 })), options });
  const form = fc.record({
    parameters: fc.uniqueArray(parameter, { selector: (one) => one.id, maxLength: 6 }),
  });
  const given = fc.array(fc.record({ id, value: fc.oneof(text, fc.constantFrom('', ' ', 'A', 'B', 'C')) }), {
    maxLength: 10,
  });

  /** A value that the customer may enter, by the regulation. */
  const fits = (value: string, keys: readonly { key: string }[]) =>
    keys.length === 0 ? value.trim() !== '' && Array.from(value).length <= 64 : keys.some(({ key }) => key === value);

  it('are accepted exactly if each field is there once, known and valid; otherwise every invalid one is named', () => {
    fc.assert(
      fc.property(form, given, (of, values) => {
        const known = new Set(of.parameters.map((one) => one.id));
        const bad = new Set([
          ...values.filter((value) => !known.has(value.id)).map((value) => value.id),
          ...values
            .filter((value, index) => values.findIndex((other) => other.id === value.id) < index)
            .map((v) => v.id),
          ...of.parameters
            .filter((one) => one.value === null)
            .filter((one) => !fits(values.find((value) => value.id === one.id)?.value ?? '', one.options))
            .map((one) => one.id),
        ]);
        const named = new Set(faults(of, values).map((fault) => Number(/^parameters\.(\d+): ./.exec(fault)?.[1])));
        expect(named).toEqual(bad);
        if (bad.size > 0) return;
        const result = filled(of, values);
        expect(result.map((value) => value.id)).toEqual(of.parameters.map((one) => one.id));
        for (const [index, one] of of.parameters.entries())
          expect(result[index]?.value).toBe(one.value ?? values.find((value) => value.id === one.id)?.value);
      }),
      { numRuns: 500 },
    );
  });

  it('are sent with the PS’s values and the customer’s, in the form’s order', () => {
    const filledForm = form.chain((of) =>
      fc
        .tuple(
          ...of.parameters.map((one) =>
            one.value !== null || one.options.length === 0
              ? text.filter((value) => one.value !== null || fits(value, []))
              : fc.constantFrom(...one.options.map(({ key }) => key)),
          ),
        )
        .chain((values) => {
          const entries = of.parameters.map((one, index) => ({ id: one.id, value: values[index] ?? '' }));
          const sent = fc.shuffledSubarray(entries, { minLength: entries.length });
          return sent.map((all) => ({ of, entries, sent: all }));
        }),
    );
    fc.assert(
      fc.property(filledForm, ({ of, entries, sent }) => {
        const expected = of.parameters.map((one, index) => ({ id: one.id, value: one.value ?? entries[index]?.value }));
        expect(filled(of, sent)).toEqual(expected);
        // The result is the same if the app leaves out the PS's values.
        const open = sent.filter((value) => of.parameters.find((one) => one.id === value.id)?.value === null);
        expect(sameValues(filled(of, open), filled(of, sent))).toBe(true);
      }),
    );
  });
});

describe('two sets of values', () => {
  it('are equal if each value is equal, in the same order', () => {
    expect(sameValues([plate, zone], [{ ...plate }, { ...zone }])).toBe(true);
    expect(sameValues([], [])).toBe(true);
  });

  it.each<[string, Value[]]>([
    ['another value', [plate, { ...zone, value: 'B2' }]],
    ['a value in another case', [{ ...plate, value: '547rba02' }, zone]],
    ['a value with an additional blank', [{ ...plate, value: '547RBA02 ' }, zone]],
    ['another parameter', [plate, { ...zone, id: 1 }]],
    ['one less', [plate]],
    ['one more', [plate, zone, city]],
    ['none', []],
  ])('differ with %s', (_, other) => {
    expect([sameValues([plate, zone], other), sameValues(other, [plate, zone])]).toEqual([false, false]);
  });
});
