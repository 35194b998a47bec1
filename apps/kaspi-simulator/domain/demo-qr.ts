import { Money } from '@mpp/kernel';
import type { Merchant } from './purchase.js';

/**
 * A QR on the counter of a shop that never closes: every scan of it starts a purchase of its own, so that an example
 * that names it works each time it is tried. Every other Dynamic QR is one purchase.
 */
export { DEMO_QR_CODE } from '@mpp/kaspi/wire';

export const DEMO_AMOUNT = Money.parse('100.00');

/** The merchant of the regulation's example (4.1). */
export const COFFEE_BAR: Merchant = { id: '123456789', name: 'Coffee Bar', mcc: '5812' };
