import { BadRequestException } from '@nestjs/common';
import { z } from 'zod';
import { DIFFERENCE_KINDS, type DifferenceOrder } from '../domain/planted-differences.js';
import type { Days } from '../domain/registry.js';
import { RATE_PATTERN, type Rates, type RegistryKind } from '../domain/registry-rates.js';
import { readBody, validate } from '../http/read-body.js';
import { CELLS, type Cells } from './registry-file.js';

/** Which registry, and what shall be wrong in it. */
export interface RegistryOrder {
  readonly kind: RegistryKind;
  /** Like 2026-03-10, or of a monthly one 2026-03. Undefined: of now. */
  readonly days: Days | undefined;
  readonly plants: readonly DifferenceOrder[];
  readonly cells: Cells;
}

export interface MailOrder {
  readonly registry: RegistryOrder;
  /** Undefined: what the settings say. */
  readonly to: string | undefined;
  readonly smtp: string | undefined;
  readonly from: string;
}

const day = z.iso.date('must be a day, like 2026-03-10');
const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must be a month, like 2026-03');
const shape = { plant: z.string().default(''), cells: z.enum(CELLS).default('text') };

const dailyQuery = z.strictObject({ date: day.optional(), to: day.optional(), ...shape });
const monthlyQuery = z.strictObject({ month: month.optional(), ...shape });

const rate = z.string().regex(RATE_PATTERN, 'must be percent, like "0.50"');
const ratesBody = z.strictObject({
  default: z.exactOptional(rate),
  byMcc: z.exactOptional(z.record(z.string().min(1).max(32), rate)),
  service: z.exactOptional(rate),
});

const address = z
  .string()
  .max(254)
  .regex(/^[^\s@,;<>]+@[^\s@,;<>]+$/, 'must be an address, like registry@bank.kz');
const letter = {
  to: address.optional(),
  smtp: z.string().refine(isMailUrl, 'must be like smtp://host:25, smtps://host:465 or lmtp://host:24').optional(),
  from: address.default('registry@kaspi.example'),
  ...shape,
};
const mailBody = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('daily'), date: day.optional(), until: day.optional(), ...letter }),
  z.strictObject({ kind: z.literal('monthly'), month: month.optional(), ...letter }),
]);

/** `?date=2026-03-10&to=2026-03-12&plant=amount,total&cells=numeric`. Throws BadRequestException. */
export function readDailyOrder(query: unknown): RegistryOrder {
  const { date, to, plant, cells } = validate(dailyQuery, query, 'the query');
  return { kind: 'daily', days: daysOf(date, to, 'to'), plants: readDifferences(plant), cells };
}

/** `?month=2026-03`, and what a daily one takes. Throws BadRequestException. */
export function readMonthlyOrder(query: unknown): RegistryOrder {
  const { month, plant, cells } = validate(monthlyQuery, query, 'the query');
  return { kind: 'monthly', days: monthOf(month), plants: readDifferences(plant), cells };
}

/** Throws BadRequestException, which names each field at fault. */
export function readMailOrder(body: string | undefined): MailOrder {
  const said = readBody(mailBody, body);
  const days = said.kind === 'daily' ? daysOf(said.date, said.until, 'until') : monthOf(said.month);
  const registry = { kind: said.kind, days, plants: readDifferences(said.plant), cells: said.cells };
  return { registry, to: said.to, smtp: said.smtp, from: said.from };
}

/** What is not named stays as it was. Throws BadRequestException, which names each field at fault. */
export function readRates(body: string | undefined, standing: Rates): Rates {
  return { ...standing, ...readBody(ratesBody, body) };
}

/** How mail can be delivered: by SMTP, by SMTP within TLS, or by LMTP, as the store of a mailbox takes it. */
export function isMailUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^(smtps?|lmtp):$/.test(url.protocol) && url.hostname !== '';
}

function daysOf(from: string | undefined, to: string | undefined, nameOfTo: string): Days | undefined {
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined) throw new BadRequestException(`date: must be there where ${nameOfTo} is`);
  if (to !== undefined && to < from) throw new BadRequestException(`${nameOfTo}: must not be before date`);
  return { from, to: to ?? from };
}

/** The first and the last day. */
export function monthOf(month: string): Days;
export function monthOf(month: string | undefined): Days | undefined;
export function monthOf(month: string | undefined): Days | undefined {
  if (month === undefined) return undefined;
  const [year = '', number = ''] = month.split('-');
  const last = new Date(Date.UTC(Number(year), Number(number), 0)).getUTCDate();
  return { from: `${month}-01`, to: `${month}-${last}` };
}

/** `amount,status:2`: at the first operation that is free, and at the second one. */
function readDifferences(text: string): DifferenceOrder[] {
  return text === '' ? [] : text.split(',').map(readDifference);
}

function readDifference(text: string): DifferenceOrder {
  const [, name, nth] = /^([a-z-]+)(?::([1-9]\d{0,6}))?$/.exec(text) ?? [];
  const kind = DIFFERENCE_KINDS.find((known) => known === name);
  if (kind === undefined) {
    throw new BadRequestException(
      `plant: ${text} is none of ${DIFFERENCE_KINDS.join(', ')}, with a number like amount:2`,
    );
  }
  if (kind === 'total' && nth !== undefined) throw new BadRequestException('plant: there is one total only');
  return { kind, nth: nth === undefined ? null : Number(nth) };
}
