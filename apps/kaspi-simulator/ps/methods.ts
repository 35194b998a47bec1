import { CHECKOUT_PATH, NOTIFY_PATH, SCAN_PATH } from '@mpp/kaspi/wire';

const METHODS: ReadonlyMap<string | undefined, PsMethod> = new Map([
  [SCAN_PATH, 'scan'],
  [CHECKOUT_PATH, 'checkout'],
  [NOTIFY_PATH, 'notifyPayment'],
]);

export type PsMethod = 'scan' | 'checkout' | 'notifyPayment';

/** The method of the PS that a route is; undefined for a route that is none. */
export function methodOf(path: string | undefined): PsMethod | undefined {
  return METHODS.get(path);
}
