import type { PaymentId } from '@mpp/kernel';
import type { Queryable } from '@mpp/platform';

/** A debited payment without an end: its money is in transit. */
export interface OpenPayment {
  readonly id: PaymentId;
  /** Tiyn. */
  readonly amount: bigint;
}

/** All open payments in the given snapshot. */
export async function openPayments(snapshot: Queryable): Promise<OpenPayment[]> {
  const rows = await snapshot.query<{ id: PaymentId; amount: string }[]>(
    `select id, amount from qr_payments
     where debited_at is not null and status in ('PROCESSING', 'IN_DOUBT', 'REVERSING')`,
  );
  return rows.map(({ id, amount }) => ({ id, amount: BigInt(amount) }));
}
