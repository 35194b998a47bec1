import { Money } from '@mpp/kernel';
import { ValidateBy } from 'class-validator';

/** An amount as the API writes it (R1), as a JSON string. */
export function IsAmount(): PropertyDecorator {
  return ValidateBy({
    name: 'isAmount',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && Money.canParse(value),
      defaultMessage: () => '$property must be an amount like 100.00',
    },
  });
}
