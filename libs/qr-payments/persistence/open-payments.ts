import type { PaymentId } from '@mpp/kernel';
import type { Queryable } from '@mpp/platform';

/** A payment that is debited and has not come to its end: its money is neither Kaspi's nor the customer's. */
export interface OpenPayment {
  readonly id: PaymentId;
  /** In tiyn. */
  readonly amount: bigint;
}

/** All of them, of the snapshot that is handed in: whoever compares them with the books reads both in one. */
export async function openPayments(snapshot: Queryable): Promise<OpenPayment[]> {
  const rows = await snapshot.query<{ id: PaymentId; amount: string }[]>(
    `select id, amount from qr_payments
     where debited_at is not null and status in ('PROCESSING', 'IN_DOUBT', 'REVERSING')`,
  );
  return rows.map(({ id, amount }) => ({ id, amount: BigInt(amount) }));
}
