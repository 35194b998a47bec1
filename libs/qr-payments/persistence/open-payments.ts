import type { PaymentId } from '@mpp/kernel';
import type { Snapshot } from '@mpp/platform';
import type { OpenPayment } from '../domain/payment.js';
import { OPEN_STATUSES } from '../domain/status-sets.js';

/** All open payments in the given snapshot. */
export async function selectOpenPayments(snapshot: Snapshot): Promise<OpenPayment[]> {
  const rows = await snapshot.query<{ id: PaymentId; amount: string }[]>(
    'select id, amount from qr_payments where debited_at is not null and status = any($1)',
    [OPEN_STATUSES],
  );
  return rows.map(({ id, amount }) => ({ id, amount: BigInt(amount) }));
}
