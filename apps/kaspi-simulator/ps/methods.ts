import { CHECKOUT_PATH, NOTIFY_PATH, SCAN_PATH } from '@mpp/kaspi/wire';
import type { FaultyMethod } from '../domain/faults.js';

const METHODS: ReadonlyMap<string | undefined, FaultyMethod> = new Map([
  [SCAN_PATH, 'scan'],
  [CHECKOUT_PATH, 'checkout'],
  [NOTIFY_PATH, 'notifyPayment'],
]);

/** The method of the PS that a route is; undefined for a route that is none. */
export function methodOf(path: string | undefined): FaultyMethod | undefined {
  return METHODS.get(path);
}
