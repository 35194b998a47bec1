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
    z.object({ ...qr('Dynamic', COFFEE_BAR, 'service'), amount: positiveAmount, lifetimeSeconds }),
    z.object({ ...qr('Static', COFFEE_BAR, 'service', 'amount'), lifetimeSeconds }),
    z.object({
      ...qr('Custom', CAR_PARK),
      service: serviceForm.nullish(),
      amount: positiveAmount.nullish(),
      lifetimeSeconds,
    }),
    z.object(qr('Refund', COFFEE_BAR, 'service', 'amount', 'lifetimeSeconds')),
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

/** The fields of every QR. An unused field is refused rather than ignored. */
function qr<Type extends string, Name extends string>(type: Type, fallback: Merchant, ...unused: Name[]) {
  const refused = unused.map((name) => [name, z.null(`a ${type} QR has no ${name}`).optional()]);
  const unusedFields = Object.fromEntries(refused) as Record<Name, z.ZodOptional<z.ZodNull>>;
  return { type: z.literal(type), merchant: merchantOr(fallback), ...unusedFields };
}
