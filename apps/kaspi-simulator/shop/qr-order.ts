import { amountField, field, objectField, parseWireObject, textField, type WireObject } from '@mpp/kaspi/wire';
import { DomainError, type Money } from '@mpp/kernel';
import { BadRequestException } from '@nestjs/common';
import { CAR_PARK, COFFEE_BAR, DEFAULT_PRICE } from '../domain/demo-qr.js';
import type { Merchant } from '../domain/purchase.js';
import { PARKING } from '../domain/service-form.js';
import type { CustomOffer, RefundOffer, StaticOffer } from '../domain/shop-qr.js';
import { readService } from './service-form-order.js';

const MAX_LIFETIME_SECONDS = 24 * 60 * 60;

export interface DynamicOrder {
  readonly type: 'Dynamic';
  readonly amount: Money;
  readonly merchant: Merchant;
  readonly lifetimeMs: number | undefined;
}

export type QrOrder = DynamicOrder | StaticOffer | CustomOffer | RefundOffer;

/** What each type of QR has beyond a type and a merchant. What would have no effect is refused rather than ignored. */
const FIELDS: Readonly<Record<QrOrder['type'], readonly string[]>> = {
  Dynamic: ['amount', 'lifetimeSeconds'],
  Static: ['lifetimeSeconds'],
  Custom: ['service', 'amount', 'lifetimeSeconds'],
  Refund: [],
};

/** What a shop asks for. Throws BadRequestException, which says in words what is wrong. */
export function readQrOrder(body: string | undefined): QrOrder {
  const order = parseWireObject(body ?? '');
  if (order === null) throw new BadRequestException('the body must be a JSON object');
  const type = readType(order);
  switch (type) {
    case 'Dynamic':
      return {
        type,
        amount: readAmount(order),
        merchant: readMerchant(order, COFFEE_BAR),
        lifetimeMs: lifetime(order),
      };
    case 'Static':
      return { type, merchant: readMerchant(order, COFFEE_BAR), lifetimeMs: lifetime(order) };
    case 'Custom':
      return {
        type,
        service: field(order, 'service') === undefined ? PARKING : readService(objectField(order, 'service')),
        price: field(order, 'amount') === undefined ? DEFAULT_PRICE : readAmount(order),
        merchant: readMerchant(order, CAR_PARK),
        lifetimeMs: lifetime(order),
      };
    case 'Refund':
      return { type, merchant: readMerchant(order, COFFEE_BAR) };
  }
}

function readType(order: WireObject): QrOrder['type'] {
  const type = field(order, 'type');
  if (!isType(type)) throw new BadRequestException(`type must be one of ${Object.keys(FIELDS).join(', ')}`);
  const idle = FIELDS.Dynamic.concat(FIELDS.Custom).find(
    (name) => !FIELDS[type].includes(name) && field(order, name) !== undefined,
  );
  if (idle !== undefined) throw new BadRequestException(`a ${type} QR has no ${idle}`);
  return type;
}

function isType(type: unknown): type is QrOrder['type'] {
  return typeof type === 'string' && Object.hasOwn(FIELDS, type);
}

/** Throws BadRequestException. */
export function readAmount(order: WireObject): Money {
  try {
    const amount = amountField(order, 'amount');
    if (amount !== undefined && !amount.isZero()) return amount;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
  }
  throw new BadRequestException('amount must be above zero, with a dot and at most two decimals, like "1500.00"');
}

function readMerchant(order: WireObject, fallback: Merchant): Merchant {
  const given = objectField(order, 'merchant') ?? {};
  const text = (name: keyof Merchant, limit: number) => {
    const value = textField(given, name) ?? fallback[name];
    if ([...value].length > limit) throw new BadRequestException(`merchant.${name} has at most ${limit} characters`);
    return value;
  };
  return { id: text('id', 32), name: text('name', 128), mcc: text('mcc', 32) };
}

/** Whole milliseconds. Undefined where the shop leaves it to the PS. */
function lifetime(order: WireObject): number | undefined {
  if (field(order, 'lifetimeSeconds') === undefined) return undefined;
  const seconds = Number(textField(order, 'lifetimeSeconds') ?? Number.NaN);
  if (!(seconds >= 0.001 && seconds <= MAX_LIFETIME_SECONDS)) {
    throw new BadRequestException(`lifetimeSeconds must be above 0 and at most ${MAX_LIFETIME_SECONDS}`);
  }
  return Math.round(seconds * 1000);
}
