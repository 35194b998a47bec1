import { ValidateBy } from 'class-validator';

const AMOUNT = /^\d{1,16}(\.\d{1,2})?$/;

/** An amount as the API writes it: R1 as a JSON string. */
export function IsAmount(): PropertyDecorator {
  return ValidateBy({
    name: 'isAmount',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && AMOUNT.test(value),
      defaultMessage: () => '$property must be an amount like 100.00',
    },
  });
}
