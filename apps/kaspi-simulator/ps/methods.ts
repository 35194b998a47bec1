import { CHECKOUT_PATH, NOTIFY_PATH, SCAN_PATH } from '@mpp/kaspi/wire';
import type { FaultyMethod } from '../domain/faults.js';

const METHODS: ReadonlyMap<string | undefined, PsMethod> = new Map([
  [SCAN_PATH, 'scan'],
  [CHECKOUT_PATH, 'checkout'],
  [NOTIFY_PATH, 'notifyPayment'],
]);

export type PsMethod = Exclude<FaultyMethod, 'notification'>;

/** The method of the PS that a route is; undefined for a route that is none. */
export function methodOf(path: string | undefined): PsMethod | undefined {
  return METHODS.get(path);
}
