import { randomBytes, randomInt } from 'node:crypto';
import type { ServiceBody } from '@mpp/kaspi/wire';
import type { Money } from '@mpp/kernel';
import type { Merchant } from './purchase.js';

interface Offer {
  readonly merchant: Merchant;
  /** How long a purchase can be confirmed; undefined: 5 minutes. */
  readonly lifetimeMs: number | undefined;
}

/** The customer enters the amount. */
export interface StaticOffer extends Offer {
  readonly type: 'Static';
}

/** The customer fills in a form, and the service then has a price. */
export interface CustomOffer extends Offer {
  readonly type: 'Custom';
  readonly service: ServiceBody;
  readonly price: Money;
}

/** A QR that a customer who wants a refund scans at the shop. */
export interface RefundOffer {
  readonly type: 'Refund';
  readonly merchant: Merchant;
}

type WithCode<Kind> = Kind & { readonly qrCode: string };

export type CustomQr = WithCode<CustomOffer>;
export type RefundQr = WithCode<RefundOffer> & { readonly refundId: string };

/** It never expires: each customer who scans it starts a purchase of their own. The demo QR is the only Dynamic one. */
export type ReusableQr = WithCode<StaticOffer> | CustomQr | WithCode<Offer & { type: 'Dynamic'; price: Money }>;

/** Every QR except a Dynamic one that is a single purchase. */
export type ShopQr = ReusableQr | RefundQr;

/** 38 digits with the prefix of the examples: 592 to pay, 712 for a refund (regulation 4.1). */
export function newQrCode(prefix: '592' | '712'): string {
  const digits = Array.from({ length: 5 }, () => randomInt(10_000_000).toString().padStart(7, '0'));
  return prefix + digits.join('');
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

/** The name of a QR in the path of a URL: its code, or the last part of a link, which contains no slash. */
export function nameInPath(qrCode: string): string {
  return qrCode.startsWith(SERVICE_LINK) ? qrCode.slice(SERVICE_LINK.length) : qrCode;
}

/** The QR codes that a name in a path can mean: the name itself, or the link that ends with it. */
export function qrCodesNamed(name: string): readonly string[] {
  return [name, SERVICE_LINK + name];
}
