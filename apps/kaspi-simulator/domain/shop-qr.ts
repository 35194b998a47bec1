import { randomBytes, randomInt } from 'node:crypto';
import type { ServiceBody } from '@mpp/kaspi/wire';
import type { Money } from '@mpp/kernel';
import type { Merchant } from './purchase.js';

interface Offer {
  readonly merchant: Merchant;
  /** How long a purchase can be confirmed; 5 minutes where the shop does not say. */
  readonly lifetimeMs: number | undefined;
}

/** The customer says how much. */
export interface StaticOffer extends Offer {
  readonly type: 'Static';
}

/** The customer fills in a form, and the service then says how much. */
export interface CustomOffer extends Offer {
  readonly type: 'Custom';
  readonly service: ServiceBody;
  readonly price: Money;
}

/** A cashier's QR by which the shop learns which customer wants money back. */
export interface RefundOffer {
  readonly type: 'Refund';
  readonly merchant: Merchant;
}

type Coded<Kind> = Kind & { readonly qrCode: string };

export type CustomQr = Coded<CustomOffer>;
export type RefundQr = Coded<RefundOffer> & { readonly refundId: string };

/** It never expires: each customer who scans it begins a purchase of their own. Only the demo QR is Dynamic and stands. */
export type ReusableQr = Coded<StaticOffer> | CustomQr | Coded<Offer & { type: 'Dynamic'; price: Money }>;

/** Every QR that is more than one purchase of the type Dynamic. */
export type ShopQr = ReusableQr | RefundQr;

/** 38 digits that begin as those of the examples do: 592 to pay, 712 for a refund (regulation 4.1). */
export function newQrCode(beginning: '592' | '712'): string {
  const digits = Array.from({ length: 5 }, () => randomInt(10_000_000).toString().padStart(7, '0'));
  return beginning + digits.join('');
}

const SERVICE_LINK = 'https://kaspi.kz/pay/';

/** A link, as in the example "Custom" of regulation 4.1. */
export function newServiceQrCode(): string {
  return SERVICE_LINK + randomBytes(8).toString('hex');
}

/** In the form of the example: `QR150895463` (regulation 4.1). */
export function newRefundId(): string {
  return `QR${randomInt(10 ** 11, 10 ** 12)}`;
}

/** What stands for a QR in the path of an URL. A link would bring slashes of its own: its last part names it. */
export function nameInPath(qrCode: string): string {
  return qrCode.startsWith(SERVICE_LINK) ? qrCode.slice(SERVICE_LINK.length) : qrCode;
}

/** The QR codes that a name in a path may stand for: itself, or the link that it ends. */
export function qrCodesNamed(name: string): readonly string[] {
  return [name, SERVICE_LINK + name];
}
