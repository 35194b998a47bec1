import { z } from 'zod';
import { optionalText, text, wholeNumber } from '../http/wire-fields.js';

/** The maximum length of a value in checkout, in characters. Source: R29. */
const MAX_VALUE_LENGTH = 64;
const id = wholeNumber(0, 10 ** 15);

const option = z
  .object({ key: text(MAX_VALUE_LENGTH), label: text(), description: optionalText() }, 'must be an object')
  .transform(({ description, ...rest }) => ({ ...rest, ...(description && { description }) }));

const parameter = z
  .object(
    {
      id,
      value: optionalText(MAX_VALUE_LENGTH).transform((value) => value ?? ''),
      name: text(),
      options: listOf(option, 'key').nullish(),
    },
    'must be an object',
  )
  .refine(({ value, options }) => value === '' || !options?.length || options.some(({ key }) => key === value), {
    error: 'must be the key of one of the options',
    path: ['value'],
  })
  .transform(({ options, ...rest }) => ({ ...rest, ...(options && { options }) }));

/** The form of a Custom QR (`paymentData` of regulation 4.1). */
export const serviceForm = z.object(
  { serviceId: id, serviceName: text(), parameters: listOf(parameter, 'id') },
  'must be an object',
);

/** A list of objects that differ in the field. */
function listOf<Item extends z.ZodType<Record<string, unknown>>>(item: Item, field: keyof z.output<Item> & string) {
  return z
    .array(item, 'must be a list of objects')
    .refine(
      (items) => new Set(items.map((each) => each[field])).size === items.length,
      `must each have a different ${field}`,
    );
}
