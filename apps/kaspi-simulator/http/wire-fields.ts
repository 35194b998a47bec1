import { DomainError, Money } from '@mpp/kernel';
import { z } from 'zod';

/** The fields of bodies that are read by readWireBody, where a number is the text it was written as. */

const error = (message: string) => ({
  error: ({ input }: { input?: unknown }) => (input === undefined || input === '' ? 'is missing' : message),
});

/** 1 to `most` characters. */
export const text = (most = Number.POSITIVE_INFINITY) =>
  z
    .string(error('must be a text'))
    .min(1, error(''))
    .refine(...atMost(most));

/** Up to `most` characters; null counts as absent. */
export const optionalText = (most = Number.POSITIVE_INFINITY) =>
  z
    .string('must be a text')
    .refine(...atMost(most))
    .nullish();

export function wholeNumber(least: number, most: number) {
  const wrong = error(`must be a whole number, ${least} to ${most}`);
  return z
    .string(wrong)
    .regex(/^\d{1,15}$/, wrong)
    .transform(Number)
    .pipe(z.number().min(least, wrong).max(most, wrong));
}

export function decimalNumber(least: number, most: number) {
  const wrong = error(`must be a number, ${least} to ${most}`);
  return z.string(wrong).min(1, wrong).transform(Number).pipe(z.number(wrong).min(least, wrong).max(most, wrong));
}

export const positiveAmount = z
  .string('must be an amount, like "1500.00"')
  .transform(parseAmount)
  .refine(
    (amount) => amount !== null && !amount.isZero(),
    'must be above zero, with at most two decimals, like "1500.00"',
  )
  .transform((amount) => amount as Money);

function parseAmount(amount: string): Money | null {
  try {
    return Money.parse(amount);
  } catch (error) {
    if (error instanceof DomainError) return null;
    throw error;
  }
}

function atMost(most: number): [check: (value: string) => boolean, message: string] {
  return [(value) => [...value].length <= most, `has at most ${most} characters`];
}
