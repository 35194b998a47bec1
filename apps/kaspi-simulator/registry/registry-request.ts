import { BadRequestException } from '@nestjs/common';
import { z } from 'zod';
import { DIFFERENCE_KINDS, type DifferenceOrder } from '../domain/planted-differences.js';
import type { Days } from '../domain/registry.js';
import { RATE_PATTERN, type Rates, type RegistryKind } from '../domain/registry-rates.js';
import { readBody, validate } from '../http/read-body.js';
import { CELLS, type Cells } from './registry-file.js';

/** A registry and its planted differences. */
export interface RegistryOrder {
  readonly kind: RegistryKind;
  /** Undefined: today, or this month. */
  readonly days: Days | undefined;
  readonly differences: readonly DifferenceOrder[];
  readonly cells: Cells;
}

export interface MailOrder {
  readonly registry: RegistryOrder;
  /** Undefined: that of the settings. */
  readonly to: string | undefined;
  readonly smtp: string | undefined;
  readonly from: string;
}

const day = z.iso.date('must be a day, like 2026-03-10');
const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must be a month, like 2026-03');
const options = { plant: z.string().default(''), cells: z.enum(CELLS).default('text') };

const dailyQuery = z.strictObject({ date: day.optional(), to: day.optional(), ...options });
const monthlyQuery = z.strictObject({ month: month.optional(), ...options });

const rate = z.string().regex(RATE_PATTERN, 'must be a percentage, like "0.50"');
const ratesBody = z.strictObject({
  default: z.exactOptional(rate),
  byMcc: z.exactOptional(z.record(z.string().min(1).max(32), rate)),
  service: z.exactOptional(rate),
});

const address = z
  .string()
  .max(254)
  .regex(/^[^\s@,;<>]+@[^\s@,;<>]+$/, 'must be an address, like registry@bank.kz');
const mailFields = {
  to: address.optional(),
  smtp: z.string().refine(isMailUrl, 'must be like smtp://host:25, smtps://host:465 or lmtp://host:24').optional(),
  from: address.default('registry@kaspi.example'),
  ...options,
};
const mailBody = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('daily'), date: day.optional(), until: day.optional(), ...mailFields }),
  z.strictObject({ kind: z.literal('monthly'), month: month.optional(), ...mailFields }),
]);

/** `?date=2026-03-10&to=2026-03-12&plant=amount,total&cells=numeric`. Throws BadRequestException. */
export function readDailyOrder(query: unknown): RegistryOrder {
  const { date, to, plant, cells } = validate(dailyQuery, query, 'the query');
  return { kind: 'daily', days: parseDays(date, to, 'to'), differences: readDifferences(plant), cells };
}

/** `?month=2026-03&plant=amount,total&cells=numeric`. Throws BadRequestException. */
export function readMonthlyOrder(query: unknown): RegistryOrder {
  const { month, plant, cells } = validate(monthlyQuery, query, 'the query');
  return { kind: 'monthly', days: daysOfMonth(month), differences: readDifferences(plant), cells };
}

/** Throws BadRequestException, which names each invalid field. */
export function readMailOrder(body: string | undefined): MailOrder {
  const order = readBody(mailBody, body);
  const days = order.kind === 'daily' ? parseDays(order.date, order.until, 'until') : daysOfMonth(order.month);
  const registry = { kind: order.kind, days, differences: readDifferences(order.plant), cells: order.cells };
  return { registry, to: order.to, smtp: order.smtp, from: order.from };
}

/** The current rates with the changes of the body. Throws BadRequestException, which names each invalid field. */
export function readRates(body: string | undefined, current: Rates): Rates {
  return { ...current, ...readBody(ratesBody, body) };
}

/** Whether it is the URL of an SMTP, SMTP over TLS or LMTP server. */
export function isMailUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^(smtps?|lmtp):$/.test(url.protocol) && url.hostname !== '';
}

function parseDays(from: string | undefined, to: string | undefined, nameOfTo: string): Days | undefined {
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined) throw new BadRequestException(`date: is required with ${nameOfTo}`);
  if (to !== undefined && to < from) throw new BadRequestException(`${nameOfTo}: must not be before date`);
  return { from, to: to ?? from };
}

/** The first and last day of a month. */
export function daysOfMonth(month: string): Days;
export function daysOfMonth(month: string | undefined): Days | undefined;
export function daysOfMonth(month: string | undefined): Days | undefined {
  if (month === undefined) return undefined;
  const [year = '', number = ''] = month.split('-');
  const last = new Date(Date.UTC(Number(year), Number(number), 0)).getUTCDate();
  return { from: `${month}-01`, to: `${month}-${last}` };
}

/** Parses `amount,status:2`: at the first operation without a difference, and at the second operation. */
function readDifferences(text: string): DifferenceOrder[] {
  return text === '' ? [] : text.split(',').map(readDifference);
}

function readDifference(text: string): DifferenceOrder {
  const [, name, nth] = /^([a-z-]+)(?::([1-9]\d{0,6}))?$/.exec(text) ?? [];
  const kind = DIFFERENCE_KINDS.find((known) => known === name);
  if (kind === undefined) {
    throw new BadRequestException(
      `plant: ${text} is none of ${DIFFERENCE_KINDS.join(', ')}, or one of these with a number, like amount:2`,
    );
  }
  if (kind === 'total' && nth !== undefined) throw new BadRequestException('plant: there is only one total');
  return { kind, nth: nth === undefined ? null : Number(nth) };
}
