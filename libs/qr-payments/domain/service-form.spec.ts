import { describe, expect, it } from '@jest/globals';
import { PARKING } from '../../../test/support/payments.js';
import { filledIn } from './service-form.js';

const values = (form: ReturnType<typeof filledIn>) => form.parameters.map(({ id, value }) => [id, value]);

describe('the form of a service as it stands', () => {
  it('is as the PS sent it until it has been filled in: what the PS filled in is shown', () => {
    expect(filledIn(PARKING, null)).toEqual(PARKING);
  });

  it('shows what was filled in, in the form’s order, whatever order it was given in', () => {
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

  it('shows what the PS filled in where nothing else was given for it, and nothing where nobody filled it in', () => {
    expect(values(filledIn(PARKING, [{ id: 3933, value: 'A1' }]))).toEqual([
      [3932, null],
      [3933, 'A1'],
      [3934, 'Алматы'],
    ]);
    expect(values(filledIn(PARKING, []))).toEqual(values(PARKING));
  });

  it('shows an empty value as it was given, not as one that is missing', () => {
    expect(values(filledIn(PARKING, [{ id: 3934, value: '' }]))).toContainEqual([3934, '']);
  });

  it('has no parameter that the PS did not ask for', () => {
    expect(filledIn(PARKING, [{ id: 1, value: 'x' }])).toEqual(PARKING);
  });

  it('changes nothing else of the form, and not the form itself', () => {
    const before = structuredClone(PARKING);
    const [first, ...rest] = PARKING.parameters;
    expect(filledIn(PARKING, [{ id: 3932, value: '547RBA02' }])).toEqual({
      ...PARKING,
      parameters: [{ ...first, value: '547RBA02' }, ...rest],
    });
    expect(PARKING).toEqual(before);
  });
});
