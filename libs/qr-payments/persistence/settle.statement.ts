import type { Tx } from '@mpp/platform';
import type { Payment } from '../domain/payment.js';

/** Writes payments that the caller has locked, and their history, in one statement for all of them. */
export async function writeSettled(tx: Tx, payments: readonly Payment[]): Promise<void> {
  if (payments.length === 0) return;
  await tx.query(
    `with settled as (
       update qr_payments p set status = s.status, version = s.version, updated_at = s.updated_at,
         confirmed_at = s.confirmed_at, failure_code = s.failure_code, kaspi_result_code = s.kaspi_result_code
       from unnest($1::uuid[], $2::int[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[])
         as s (id, version, status, updated_at, confirmed_at, failure_code, kaspi_result_code)
       where p.id = s.id and p.version = s.version - 1
       returning p.id, p.version, p.status, p.kaspi_result_code, p.updated_at)
     insert into qr_payment_history (payment_id, version, status, reason, at)
     select id, version, status, kaspi_result_code, updated_at from settled`,
    [
      payments.map((p) => p.id),
      payments.map((p) => p.version),
      payments.map((p) => p.status),
      payments.map((p) => p.updatedAt),
      payments.map((p) => p.confirmedAt),
      payments.map((p) => p.failure?.code ?? null),
      payments.map((p) => p.failure?.kaspiResultCode ?? null),
    ],
  );
}
