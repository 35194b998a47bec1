import type { PaymentId } from '@mpp/kernel';
import type { Snapshot } from '@mpp/platform';
import type { OpenPayment } from '../domain/payment.js';
import { OPEN_STATUSES } from '../domain/status-sets.js';

/** All open payments in the given snapshot, without those whose money is in suspense. */
export async function selectOpenPayments(snapshot: Snapshot): Promise<OpenPayment[]> {
  const rows = await snapshot.query<{ id: PaymentId; amount: string }[]>(
    `select p.id, p.amount from qr_payments p where p.debited_at is not null and p.status = any($1)
       and not exists (select 1 from qr_payment_reversals r where r.payment_id = p.id and r.suspended_at is not null)`,
    [OPEN_STATUSES],
  );
  return rows.map(({ id, amount }) => ({ id, amount: BigInt(amount) }));
}
