import type { Money } from '@mpp/kernel';
import { z } from 'zod';
import { CAR_PARK, COFFEE_BAR, DEFAULT_PRICE } from '../domain/demo-qr.js';
import type { Merchant } from '../domain/purchase.js';
import { PARKING } from '../domain/service-form.js';
import type { CustomOffer, RefundOffer, StaticOffer } from '../domain/shop-qr.js';
import { readWireBody } from '../http/read-body.js';
import { decimalNumber, optionalText, positiveAmount } from '../http/wire-fields.js';
import { serviceForm } from './service-form-order.js';

const MAX_LIFETIME_SECONDS = 24 * 60 * 60;

export interface DynamicOrder {
  readonly type: 'Dynamic';
  readonly amount: Money;
  readonly merchant: Merchant;
  readonly lifetimeMs: number | undefined;
}

export type QrOrder = DynamicOrder | StaticOffer | CustomOffer | RefundOffer;

const lifetimeSeconds = decimalNumber(0.001, MAX_LIFETIME_SECONDS).nullish();

const qrOrder = z.discriminatedUnion(
  'type',
  [
    z.object({
      type: z.literal('Dynamic'),
      amount: positiveAmount,
      merchant: merchantOr(COFFEE_BAR),
      lifetimeSeconds,
      service: unused('Dynamic', 'service'),
    }),
    z.object({
      type: z.literal('Static'),
      amount: unused('Static', 'amount'),
      merchant: merchantOr(COFFEE_BAR),
      lifetimeSeconds,
      service: unused('Static', 'service'),
    }),
    z.object({
      type: z.literal('Custom'),
      amount: positiveAmount.nullish(),
      merchant: merchantOr(CAR_PARK),
      lifetimeSeconds,
      service: serviceForm.nullish(),
    }),
    z.object({
      type: z.literal('Refund'),
      amount: unused('Refund', 'amount'),
      merchant: merchantOr(COFFEE_BAR),
      lifetimeSeconds: unused('Refund', 'lifetimeSeconds'),
      service: unused('Refund', 'service'),
    }),
  ],
  'must be one of Dynamic, Static, Custom, Refund',
);

/** Throws BadRequestException, which names each invalid field. */
export function readQrOrder(body: string | undefined): QrOrder {
  const { merchant, lifetimeSeconds: seconds, ...order } = readWireBody(qrOrder, body);
  const lifetimeMs = seconds == null ? undefined : Math.round(seconds * 1000);
  switch (order.type) {
    case 'Dynamic':
      return { type: order.type, amount: order.amount, merchant, lifetimeMs };
    case 'Static':
      return { type: order.type, merchant, lifetimeMs };
    case 'Custom': {
      const { type, service, amount } = order;
      return { type, service: service ?? PARKING, price: amount ?? DEFAULT_PRICE, merchant, lifetimeMs };
    }
    case 'Refund':
      return { type: order.type, merchant };
  }
}

function merchantOr(fallback: Merchant) {
  return z
    .object({ id: optionalText(32), name: optionalText(128), mcc: optionalText(32) })
    .nullish()
    .transform((given) => ({
      id: given?.id || fallback.id,
      name: given?.name || fallback.name,
      mcc: given?.mcc || fallback.mcc,
    }));
}

/** A field without effect is refused rather than ignored. */
function unused(type: string, name: string) {
  return z.null(`a ${type} QR has no ${name}`).optional();
}
