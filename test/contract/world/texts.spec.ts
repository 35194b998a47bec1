import { describe, expect, it } from '@jest/globals';
import { customerId, DomainError, Money, parseInstant } from '@mpp/kernel';
import { filled, type Value } from '../../../libs/custom-checkout/domain/filling.js';
import { maskPersonalData } from '../../../libs/kaspi/domain/masking.js';
import { entriesOf } from './entries.js';

/** The form that is filled in: a text, a choice, and a value of the PS. */
const FORM = {
  parameters: [
    { id: 3932, value: null, options: [] },
    { id: 3933, value: null, options: [{ key: 'A1' }, { key: 'B2' }] },
    { id: 3934, value: 'Алматы', options: [] },
  ],
};

/** What `read` returns; the errors by field in Russian, or their code, if it throws. */
function resultOf(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    if (error.code !== 'FORM_INVALID') return error.code;
    return { errors: Object.fromEntries((error.facts.errors ?? []).map(({ field, message }) => [field, message.ru])) };
  }
}

describe('amounts.json: the amount of a text, null if it is none', () => {
  it.each(entriesOf<string, string | null>('amounts'))('%s', (_, { input, right }) => {
    expect(resultOf(() => Money.parse(input).toString())).toBe(right ?? 'AMOUNT_INVALID');
  });
});

describe('moments.json: the moment of a text, null if it is none', () => {
  it.each(entriesOf<string, string | null>('moments'))('%s', (_, { input, right }) => {
    expect(parseInstant(input)?.toISOString() ?? null).toBe(right);
  });
});

describe('customer-ids.json: whether a text is a customer’s id', () => {
  it.each(entriesOf<string, boolean>('customer-ids'))('%s', (_, { input, right }) => {
    expect(resultOf(() => customerId(input))).toBe(right ? input : 'VALIDATION_FAILED');
  });
});

describe('masked-texts.json: a request as operators see it', () => {
  it.each(entriesOf<string, string>('masked-texts'))('%s', (_, { input, right }) => {
    expect(maskPersonalData(input)).toBe(right);
  });
});

describe('filled-forms.json: the values for the PS, or the wrong fields', () => {
  it.each(entriesOf<Value[], object>('filled-forms'))('%s', (_, { input, right }) => {
    expect(resultOf(() => ({ values: filled(FORM, input) }))).toEqual(right);
  });
});
