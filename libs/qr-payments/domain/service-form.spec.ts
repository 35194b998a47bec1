import { describe, expect, it } from '@jest/globals';
import { PARKING } from '../../../test/support/payments.js';
import { filledIn } from './service-form.js';

const values = (form: ReturnType<typeof filledIn>) => form.parameters.map(({ id, value }) => [id, value]);

describe('the form of a service with its values', () => {
  it('is as the PS sent it until it is filled in, with the PS’s values', () => {
    expect(filledIn(PARKING, null)).toEqual(PARKING);
  });

  it('shows the customer’s values in the form’s order', () => {
    const given = [
      { id: 3934, value: 'Алматы' },
      { id: 3932, value: '547RBA02' },
      { id: 3933, value: 'A1' },
    ];
    expect(values(filledIn(PARKING, given))).toEqual([
      [3932, '547RBA02'],
      [3933, 'A1'],
      [3934, 'Алматы'],
    ]);
  });

  it('shows the PS’s values for other parameters, and null for parameters without a value', () => {
    expect(values(filledIn(PARKING, [{ id: 3933, value: 'A1' }]))).toEqual([
      [3932, null],
      [3933, 'A1'],
      [3934, 'Алматы'],
    ]);
    expect(values(filledIn(PARKING, []))).toEqual(values(PARKING));
  });

  it('shows an empty value as empty, not as missing', () => {
    expect(values(filledIn(PARKING, [{ id: 3934, value: '' }]))).toContainEqual([3934, '']);
  });

  it('has only the parameters of the PS', () => {
    expect(filledIn(PARKING, [{ id: 1, value: 'x' }])).toEqual(PARKING);
  });

  it('changes nothing else, and does not change the original form', () => {
    const before = structuredClone(PARKING);
    const [first, ...rest] = PARKING.parameters;
    expect(filledIn(PARKING, [{ id: 3932, value: '547RBA02' }])).toEqual({
      ...PARKING,
      parameters: [{ ...first, value: '547RBA02' }, ...rest],
    });
    expect(PARKING).toEqual(before);
  });
});
