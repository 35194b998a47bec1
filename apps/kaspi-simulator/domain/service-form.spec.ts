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

describe('The form of a service', () => {
  it('is filled in with a text of the customer, a key of the list, and what the PS filled in, in any order', () => {
    expect(isFilledIn(PARKING, form(plate, zone, city))).toBe(true);
    expect(isFilledIn(PARKING, form(city, plate, { ...zone, value: 'A' }))).toBe(true);
  });

  it.each([
    ['without one of its parameters', form(plate, zone)],
    ['with an unknown one in the place of another', form(plate, zone, { id: 1, value: 'x' })],
    ['with an unknown one besides', form(plate, zone, city, { id: 1, value: 'x' })],
    ['with one of them twice', form(plate, plate, zone)],
    ['with one of them twice besides', form(plate, zone, city, plate)],
    ['with blanks for a text', form({ ...plate, value: '  ' }, zone, city)],
    ['with the label instead of the key', form(plate, { ...zone, value: 'Зона B' }, city)],
    ['with another value than the PS filled in', form(plate, zone, { ...city, value: 'Астана' })],
    ['for another service', { ...form(plate, zone, city), serviceId: 1 }],
  ])('is not filled in %s', (_what, filled) => {
    expect(isFilledIn(PARKING, filled)).toBe(false);
  });
});
