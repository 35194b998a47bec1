import { describe, expect, it } from '@jest/globals';
import { type FilledForm, isFilledIn, PARKING } from './service-form.js';

const plate = { id: 3932, value: '547RBA02' };
const zone = { id: 3933, value: 'B' };
const city = { id: 3934, value: 'Алматы' };
const form = (...parameters: FilledForm['parameters'][number][]): FilledForm => ({
  paymentId: 'abc',
  serviceId: PARKING.serviceId,
  parameters,
});

describe('A service form', () => {
  it('is complete with a text, the key of an option and the prefilled value, in any order', () => {
    expect(isFilledIn(PARKING, form(plate, zone, city))).toBe(true);
    expect(isFilledIn(PARKING, form(city, plate, { ...zone, value: 'A' }))).toBe(true);
  });

  it.each([
    ['without one of its parameters', form(plate, zone)],
    ['with an unknown parameter in place of another', form(plate, zone, { id: 1, value: 'x' })],
    ['with an additional unknown parameter', form(plate, zone, city, { id: 1, value: 'x' })],
    ['with one parameter twice and one missing', form(plate, plate, zone)],
    ['with one parameter twice', form(plate, zone, city, plate)],
    ['with spaces for a text', form({ ...plate, value: '  ' }, zone, city)],
    ['with the label instead of the key', form(plate, { ...zone, value: 'Зона B' }, city)],
    ['with a changed prefilled value', form(plate, zone, { ...city, value: 'Астана' })],
    ['for another service', { ...form(plate, zone, city), serviceId: 1 }],
  ])('is incomplete %s', (_what, filled) => {
    expect(isFilledIn(PARKING, filled)).toBe(false);
  });
});
