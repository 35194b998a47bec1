import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseWireObject } from '../wire.js';
import { readServiceForm } from './service-form.js';
import { UnreadableAnswer } from './unreadable-answer.js';

/** Reads the text of a whole answer to a scan. */
const readForm = (text: string) => readServiceForm(parseWireObject(text) ?? {});
const readPaymentData = (paymentData: unknown) => readForm(JSON.stringify({ paymentData }));

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
