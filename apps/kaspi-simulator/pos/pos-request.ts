import { amountField, field, objectField, parseWireObject, textField, type WireObject } from '@mpp/kaspi/wire';
import { DomainError, type Money } from '@mpp/kernel';
import { BadRequestException } from '@nestjs/common';
import { COFFEE_BAR } from '../domain/demo-qr.js';
import type { Merchant } from '../domain/purchase.js';

const NOT_YET: readonly string[] = ['Static', 'Custom', 'Refund'];
const MAX_LIFETIME_SECONDS = 24 * 60 * 60;

export interface QrOrder {
  readonly amount: Money;
  readonly merchant: Merchant;
  readonly lifetimeMs: number | undefined;
}

/** What a shop asks for. Throws BadRequestException, which says in words what is wrong. */
export function readQrOrder(body: string | undefined): QrOrder {
  const order = parseWireObject(body ?? '');
  if (order === null) throw new BadRequestException('the body must be a JSON object');
  checkType(field(order, 'type'));
  return {
    amount: readAmount(order),
    merchant: readMerchant(order),
    lifetimeMs: readLifetime(order),
  };
}

function checkType(type: unknown): void {
  if (type === 'Dynamic') return;
  if (typeof type === 'string' && NOT_YET.includes(type)) {
    throw new BadRequestException(`type ${type} is not offered yet, only Dynamic`);
  }
  throw new BadRequestException('type must be "Dynamic"');
}

function readAmount(order: WireObject): Money {
  try {
    const amount = amountField(order, 'amount');
    if (amount !== undefined && !amount.isZero()) return amount;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
  }
  throw new BadRequestException('amount must be above zero, with a dot and at most two decimals, like "1500.00"');
}

function readMerchant(order: WireObject): Merchant {
  const given = objectField(order, 'merchant') ?? {};
  const text = (name: keyof Merchant, limit: number) => {
    const value = textField(given, name) ?? COFFEE_BAR[name];
    if ([...value].length > limit) throw new BadRequestException(`merchant.${name} has at most ${limit} characters`);
    return value;
  };
  return { id: text('id', 32), name: text('name', 128), mcc: text('mcc', 32) };
}

/** Whole milliseconds. Undefined where the shop leaves it to the PS. */
function readLifetime(order: WireObject): number | undefined {
  if (field(order, 'lifetimeSeconds') === undefined) return undefined;
  const seconds = Number(textField(order, 'lifetimeSeconds') ?? Number.NaN);
  if (!(seconds >= 0.001 && seconds <= MAX_LIFETIME_SECONDS)) {
    throw new BadRequestException(`lifetimeSeconds must be above 0 and at most ${MAX_LIFETIME_SECONDS}`);
  }
  return Math.round(seconds * 1000);
}
