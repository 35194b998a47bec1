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
function faultsInKazakh(form: Form, given: readonly Value[]): string[] {
  try {
    filled(form, given);
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'FORM_INVALID') throw error;
    return (error.facts.errors ?? []).map(({ field, message }) => `${field}: ${message.kk}`);
  }
  return [];
}

describe('a form, filled in', () => {
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
});

describe('a form that is refused', () => {
  it('has a message in Kazakh too', () => {
    const given = [{ id: 1, value: '' }, { ...plate, value: 'x'.repeat(65) }, { ...zone, value: 'C3' }, city, city];
    const parameters = [...FORM.parameters, { id: 3935, value: null, options: [] }];
    expect(faultsInKazakh({ parameters }, given)).toEqual([
      'parameters.1: формада мұндай өріс жоқ',
      'parameters.3934: өріс екі рет көрсетілген',
      'parameters.3932: 64 таңбадан аспауы керек',
      'parameters.3933: тізімнен мән таңдаңыз',
      'parameters.3935: өрісті толтырыңыз',
    ]);
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
        const named = new Set(
          faultsInKazakh(of, values).map((fault) => Number(/^parameters\.(\d+): ./.exec(fault)?.[1])),
        );
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
