import type { Snapshot } from '@mpp/platform';
import type { OpenPayment } from '../domain/payment.js';
import { selectOpenPayments } from '../persistence/open-payments.js';

/** All open payments in the given snapshot, for the check of the books. */
export async function openPayments(snapshot: Snapshot): Promise<OpenPayment[]> {
  return selectOpenPayments(snapshot);
}
