import type { Tx } from '@mpp/platform';
import type { Payment } from '../domain/payment.js';

/** A locked payment, before and after the change. */
export interface Change {
  readonly before: Payment;
  readonly payment: Payment;
}

/** Writes changes of payments whose debit was made or requested, and their history, in one statement. */
export async function writeSettled(tx: Tx, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  const payments = changes.map(({ payment }) => payment);
  await tx.query(
    `with settled as (
       update qr_payments p set status = s.status, version = s.version, updated_at = s.updated_at,
         doubted_at = s.doubted_at, confirmed_at = s.confirmed_at, settled_by = s.settled_by,
         failure_code = s.failure_code, kaspi_result_code = s.kaspi_result_code,
         contradicted_by = s.contradicted_by, contradicted_at = s.contradicted_at, refunded_amount = s.refunded_amount,
         notify_result = s.notify_result, account_id = s.account_id, debited_at = s.debited_at, debit_requested_at = s.debit_requested_at
       from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[],
           $8::text[], $9::text[], $10::text[], $11::text[], $12::timestamptz[], $13::bigint[], $14::text[],
           $15::uuid[], $16::timestamptz[], $17::timestamptz[])
         as s (id, version, before, status, updated_at, doubted_at, confirmed_at, settled_by, failure_code,
           kaspi_result_code, contradicted_by, contradicted_at, refunded_amount, notify_result, account_id, debited_at,
           debit_requested_at)
       where p.id = s.id and p.version = s.version - 1
       returning p.id, p.version, s.before, p.status, coalesce(p.kaspi_result_code, p.failure_code) as reason, p.updated_at)
     insert into qr_payment_history (payment_id, version, status, reason, at)
     select id, version, status, reason, updated_at from settled where status <> before`,
    [
      payments.map((p) => p.id),
      payments.map((p) => p.version),
      changes.map(({ before }) => before.status),
      payments.map((p) => p.status),
      payments.map((p) => p.updatedAt),
      payments.map((p) => p.doubtedAt),
      payments.map((p) => p.confirmedAt),
      payments.map((p) => p.settledBy),
      payments.map((p) => p.failure?.code ?? null),
      payments.map((p) => p.failure?.kaspiResultCode ?? null),
      payments.map((p) => p.contradiction?.resultCode ?? null),
      payments.map((p) => p.contradiction?.at ?? null),
      payments.map((p) => p.refundedAmount.tiyn.toString()),
      payments.map((p) => p.notifyResult),
      payments.map((p) => p.accountId),
      payments.map((p) => p.debitedAt),
      payments.map((p) => p.debitRequestedAt),
    ],
  );
}
