import { randomUUID } from 'node:crypto';
import { addMilliseconds, type Money } from '@mpp/kernel';
import type { Created, QrMade } from './events.js';
import type { Merchant, PurchaseType } from './purchase.js';
import {
  type CustomOffer,
  newQrCode,
  newRefundId,
  newServiceQrCode,
  type RefundOffer,
  type ReusableQr,
  type StaticOffer,
} from './shop-qr.js';

const DEFAULT_LIFETIME_MS = 5 * 60_000;

export interface DynamicSale {
  readonly qrCode: string;
  readonly amount: Money;
  readonly merchant: Merchant;
  /** How long it can be confirmed; default 5 minutes. */
  readonly lifetimeMs?: number | undefined;
}

/** A new purchase of a Dynamic QR, with a new paymentId and its deadline counted from now. */
export function startDynamicSale({ qrCode, amount, merchant, lifetimeMs }: DynamicSale, now: Date): Created {
  return created('Dynamic', { qrCode, merchant }, amount, deadline(lifetimeMs, now), now);
}

/**
 * A new purchase of a reusable QR. The deadline counts from now, or for Custom from checkout (R8); only the demo QR has a
 * price now.
 */
export function startReusableSale(qr: ReusableQr, now: Date): Created {
  const amount = qr.type === 'Dynamic' ? qr.price : null;
  return created(qr.type, qr, amount, qr.type === 'Custom' ? null : deadline(qr.lifetimeMs, now), now);
}

function created(
  type: PurchaseType,
  { qrCode, merchant }: { readonly qrCode: string; readonly merchant: Merchant },
  amount: Money | null,
  canConfirmUntil: Date | null,
  now: Date,
): Created {
  return {
    event: 'created',
    at: now.toISOString(),
    type,
    paymentId: randomUUID(),
    qrCode,
    amount: amount?.toString() ?? null,
    merchant,
    canConfirmUntil: canConfirmUntil?.toISOString() ?? null,
  };
}

/** In whole seconds, as the regulation writes times (1.6), unless the shop chose the lifetime. */
export function deadline(lifetimeMs: number | undefined, now: Date): Date {
  if (lifetimeMs !== undefined) return addMilliseconds(now, lifetimeMs);
  const wholeSecond = new Date(Math.floor(now.getTime() / 1000) * 1000);
  return addMilliseconds(wholeSecond, DEFAULT_LIFETIME_MS);
}

/** A QR with a new code. */
export function makeQr(offer: StaticOffer | CustomOffer | RefundOffer, now: Date): QrMade {
  const at = now.toISOString();
  switch (offer.type) {
    case 'Static':
      return { event: 'qr-made', at, qr: { ...offer, qrCode: newQrCode('592') } };
    case 'Custom':
      return { event: 'qr-made', at, qr: { ...offer, price: offer.price.toString(), qrCode: newServiceQrCode() } };
    case 'Refund':
      return { event: 'qr-made', at, qr: { ...offer, qrCode: newQrCode('712'), refundId: newRefundId() } };
  }
}
