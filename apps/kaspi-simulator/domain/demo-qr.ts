import { DEMO_QR_CODE } from '@mpp/kaspi/wire';
import { Money } from '@mpp/kernel';
import type { Merchant } from './purchase.js';
import type { ReusableQr } from './shop-qr.js';

export { DEMO_QR_CODE } from '@mpp/kaspi/wire';

/** The merchant of the regulation's example (4.1). */
export const COFFEE_BAR: Merchant = { id: '123456789', name: 'Coffee Bar', mcc: '5812' };

/** The merchant of the regulation's example (4.2). */
export const CAR_PARK: Merchant = { id: '2862', name: 'Парковка Test', mcc: '5732' };

/** What a purchase costs where nobody says otherwise, as in the regulation's examples. */
export const DEFAULT_PRICE = Money.parse('100.00');

/**
 * A QR on the counter of a shop that never closes: every scan of it starts a purchase of its own, so that an example
 * that names it works each time it is tried. Every other Dynamic QR is one purchase.
 */
export const DEMO_QR: ReusableQr = {
  type: 'Dynamic',
  qrCode: DEMO_QR_CODE,
  price: DEFAULT_PRICE,
  merchant: COFFEE_BAR,
  lifetimeMs: undefined,
};
