import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseWireObject } from '../wire.js';
import { readServiceForm } from './service-form.js';
import { UnreadableAnswer } from './unreadable-answer.js';

/** Reads the text of a whole answer to a scan. */
const readForm = (text: string) => readServiceForm(parseWireObject(text) ?? {});
const readPaymentData = (paymentData: unknown) => readForm(JSON.stringify({ paymentData }));
const formWith = (...parameters: unknown[]) => ({ serviceId: 2862, serviceName: 'Парковка', parameters });

describe('the service form of a Custom QR (4.1)', () => {
  it('is read with all its parts', () => {
    const parameters = [
      { id: 3932, value: '', name: 'Госномер' },
      {
        id: 3933,
        name: 'Зона',
        options: [
          { key: 'A1', label: 'Центр', description: 'до 22:00' },
          { key: 'B2', label: 'Аэропорт' },
        ],
      },
      { id: 3934, value: 'Алматы', name: 'Город' },
    ];
    expect(readPaymentData(formWith(...parameters))).toEqual({
      id: 2862,
      name: 'Парковка',
      parameters: [
        { id: 3932, name: 'Госномер', value: null, options: [] },
        {
          id: 3933,
          name: 'Зона',
          value: null,
          options: [
            { key: 'A1', label: 'Центр', description: 'до 22:00' },
            { key: 'B2', label: 'Аэропорт', description: null },
          ],
        },
        { id: 3934, name: 'Город', value: 'Алматы', options: [] },
      ],
    });
  });

  it.each([
    ['an empty value', { value: '' }],
    ['a value that is null', { value: null }],
    ['no value', {}],
    ['a value that is not a text', { value: { text: 'x' } }],
  ])('leaves a parameter with %s to the customer', (_, value) => {
    const { parameters } = readPaymentData(formWith({ id: 1, name: 'n', ...value }));
    expect(parameters).toMatchObject([{ value: null }]);
  });

  it.each([
    ['"Алматы"', 'Алматы'],
    ['12345678901234567890', '12345678901234567890'],
    ['150.50', '150.50'],
    ['"say \\"no\\""', 'say "no"'],
    [`"${'x'.repeat(200)}"`, 'x'.repeat(200)],
  ])('keeps the source text of a value that the PS filled in: %s', (written, value) => {
    const text = `{"paymentData":{"serviceId":1,"parameters":[{"id":1,"name":"n","value":${written}}]}}`;
    expect(readForm(text).parameters).toMatchObject([{ value }]);
  });

  it.each([
    ['Id, as the table spells it', '"id"', '"Id"'],
    ['blanks around a key', '"id"', '" id "'],
    ['serviceId in another case', '"serviceId"', '"ServiceID"'],
    ['serviceld, as the table spells it', '"serviceId"', '"serviceld"'],
    ['paymentData in another case', '"paymentData"', '"PaymentData "'],
    ['value and options in another case', '"value"', '"Value"'],
    ['numbers as strings', '2862', '"2862"'],
  ])('is read with misprints (R6): %s', (_, from, to) => {
    const text = JSON.stringify({ paymentData: formWith({ id: 3932, value: 'A', name: 'Госномер' }) });
    expect(text).toContain(from);
    expect(readForm(text.replaceAll(from, to))).toEqual(readForm(text));
  });

  it('is read with unknown fields at every level (R7)', () => {
    const plain = formWith({ id: 1, name: 'n', options: [{ key: 'A1', label: 'Центр' }] });
    const text = JSON.stringify({ paymentData: plain });
    expect(readForm(text.replaceAll('{', '{"new":[{"id":7,"key":null}],'))).toEqual(readForm(text));
  });

  it('does not need names, which are only displayed', () => {
    const { name, parameters } = readPaymentData({ serviceId: 1, parameters: [{ id: 1, options: [{ key: 'A1' }] }] });
    expect({ name, parameters }).toEqual({
      name: '',
      parameters: [{ id: 1, name: '', value: null, options: [{ key: 'A1', label: 'A1', description: null }] }],
    });
  });

  it.each([
    ['no parameters', { serviceId: 1 }],
    ['empty parameters', { serviceId: 1, parameters: [] }],
  ])('may have no fields: %s', (_, data) => {
    expect(readPaymentData(data)).toEqual({ id: 1, name: '', parameters: [] });
  });

  it('is read in whatever order its fields are, and keeps the order of its parameters', () => {
    const ids = [5, 3, 4, 1];
    const { parameters } = readPaymentData({ parameters: ids.map((id) => ({ name: 'n', id })), serviceId: 1 });
    expect(parameters.map(({ id }) => id)).toEqual(ids);
  });
});

describe('a form that could not be sent back as the PS expects it is unreadable if', () => {
  const parameter = { id: 1, name: 'n' };
  it.each([
    ['there is none', undefined],
    ['it is not an object', 'x'],
    ['it has no service', { parameters: [parameter] }],
    ['its service is a word', { serviceId: 'parking', parameters: [parameter] }],
    ['its service is not a whole number', { serviceId: 1.5, parameters: [parameter] }],
    ['its service is written with an exponent', { serviceId: '1e3', parameters: [parameter] }],
    ['its service is negative', { serviceId: -1, parameters: [parameter] }],
    ['its service is larger than JSON numbers are exact', { serviceId: '9007199254740993', parameters: [parameter] }],
    ['a parameter has no id', formWith(parameter, { name: 'n' })],
    ['a parameter’s id is not a number', formWith({ id: 'plate', name: 'n' })],
    ['two parameters have the same id', formWith(parameter, { id: 2, name: 'n' }, parameter)],
    ['two parameters have the same id in different notations', formWith(parameter, { id: '01', name: 'n' })],
    ['an option has no key', formWith({ ...parameter, options: [{ key: 'A1' }, { label: 'Центр' }] })],
    ['an option has an empty key', formWith({ ...parameter, options: [{ key: '' }] })],
  ])('%s', (_, paymentData) => {
    expect(() => readPaymentData(paymentData)).toThrow(UnreadableAnswer);
  });
});

describe('any form that the PS sends', () => {
  const text = fc.string({ minLength: 1, unit: 'grapheme' }).filter((value) => !value.includes('\0'));
  const id = fc.maxSafeNat();
  const option = fc.record({ key: text, label: text, description: fc.option(text) });
  const parameter = fc.record({
    id,
    name: text,
    value: fc.option(fc.oneof(text, fc.constant(''))),
    options: fc.array(option, { maxLength: 3 }),
  });
  const form = fc.record({
    serviceId: id,
    serviceName: text,
    parameters: fc.uniqueArray(parameter, { selector: (one) => one.id, maxLength: 6 }),
  });

  it('is read exactly, and its ids can be written back exactly', () => {
    fc.assert(
      fc.property(form, (sent) => {
        const readBack = readPaymentData(sent);
        expect(readBack).toEqual({
          id: sent.serviceId,
          name: sent.serviceName,
          parameters: sent.parameters.map((one) => ({ ...one, value: one.value || null })),
        });
        expect(JSON.stringify(readBack.parameters.map((one) => one.id))).toBe(
          JSON.stringify(sent.parameters.map((one) => one.id)),
        );
      }),
    );
  });

  it('is read or throws UnreadableAnswer', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        try {
          readForm(`{"paymentData":${json}}`);
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableAnswer);
        }
      }),
    );
  });
});
