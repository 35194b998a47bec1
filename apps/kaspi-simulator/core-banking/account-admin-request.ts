import { CORE_ACCOUNT_STATUSES, CORE_CURRENCY, CORE_LENGTHS } from '@mpp/core-banking/wire';
import { Money } from '@mpp/kernel';
import { BadRequestException } from '@nestjs/common';
import { z } from 'zod';
import type { AccountChange } from '../domain/events.js';
import { readBody } from '../http/read-body.js';
import { text } from '../http/wire-fields.js';

const balance = z.string().refine((text) => isMoney(text), 'must be an amount like "1500.00"');
const status = z.enum(CORE_ACCOUNT_STATUSES);

const accountOrder = z.strictObject({
  customerId: text(CORE_LENGTHS.customerId),
  name: text(CORE_LENGTHS.accountName),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be a currency of ISO 4217, like KZT')
    .default(CORE_CURRENCY),
  balance: balance.default('0.00'),
  status: status.default('OPEN'),
  preferred: z.boolean().default(false),
});

const accountChange = z.strictObject({
  status: z.exactOptional(status),
  preferred: z.exactOptional(z.boolean()),
  balance: z.exactOptional(balance),
});

export type AccountOrder = z.output<typeof accountOrder>;
/** Defaults: KZT, 0.00, OPEN, not preferred. */
export type AccountOrderInput = z.input<typeof accountOrder>;

/** Throws BadRequestException, which names each invalid field. */
export function readAccountOrder(body: string | undefined): AccountOrder {
  return readBody(accountOrder, body);
}

/** Throws BadRequestException, which names each invalid field. */
export function readAccountChange(body: string | undefined): AccountChange {
  const change = readBody(accountChange, body);
  if (Object.keys(change).length > 0) return change;
  throw new BadRequestException('status, preferred or balance is required');
}

function isMoney(text: string): boolean {
  try {
    Money.parse(text);
    return true;
  } catch {
    return false;
  }
}
