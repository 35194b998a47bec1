import { randomInt, randomUUID } from 'node:crypto';
import { addMilliseconds, type Money } from '@mpp/kernel';
import type { Merchant } from './purchase.js';
import type { Created } from './purchases.js';

const DEFAULT_LIFETIME_MS = 5 * 60_000;

export interface Sale {
  readonly qrCode: string;
  readonly amount: Money;
  readonly merchant: Merchant;
  /** How long it can be confirmed; 5 minutes where the shop does not say. */
  readonly lifetimeMs?: number | undefined;
}

/** A new purchase under a new paymentId, with its deadline counted from now. */
export function startSale({ qrCode, amount, merchant, lifetimeMs }: Sale, now: Date): Created {
  const canConfirmUntil =
    lifetimeMs === undefined
      ? addMilliseconds(wholeSecond(now), DEFAULT_LIFETIME_MS)
      : addMilliseconds(now, lifetimeMs);
  return {
    event: 'created',
    at: now.toISOString(),
    paymentId: randomUUID(),
    qrCode,
    amount: amount.toString(),
    merchant,
    canConfirmUntil: canConfirmUntil.toISOString(),
  };
}

/** The regulation writes times to the second (1.6). Only a lifetime that was asked for is kept to the millisecond. */
function wholeSecond(instant: Date): Date {
  return new Date(Math.floor(instant.getTime() / 1000) * 1000);
}

/** 38 digits that begin as those of the example do (regulation 4.1). */
export function newDynamicQrCode(): string {
  const digits = Array.from({ length: 5 }, () => randomInt(10_000_000).toString().padStart(7, '0'));
  return `592${digits.join('')}`;
}
