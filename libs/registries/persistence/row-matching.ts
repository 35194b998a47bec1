import { UUID } from '@mpp/kernel';
import type { Queryable, Tx } from '@mpp/platform';
import type { RefundPair, UnpairedRefund, UnpairedRefunds, UnpairedRow } from '../domain/refund-pairs.js';
import type { Sums } from '../domain/registry.js';
import type { RegistryRow, RowError } from '../domain/registry-row.js';

/**
 * SQL: joins of `own`, the payment with our id, of `by_operation`, a payment with Kaspi's operation id, of `refunded`, the
 * refund with its receipt's operation id (R24), and of `taken_up`, an operation that operators took up from a registry.
 * `knownPayment`: the payment of the refund, if one is known.
 */
const matches = (row: string, ourId: string, knownPayment: string) => `
  left join qr_payments_to_reconcile own on own.id = ${ourId}
  left join lateral (select t.id from qr_payments_to_reconcile t
    where own.id is null and ${row}.type is distinct from 'REFUND' and t.kaspi_operation_id = ${row}.kaspi_operation_id
    limit 1) by_operation on true
  left join lateral (select f.id, f.payment_id from refunds_to_reconcile f
    where ${row}.type = 'REFUND' and f.kaspi_operation_id = ${row}.kaspi_operation_id
      and f.payment_id = coalesce(${knownPayment}, f.payment_id) limit 1) refunded on true
  left join lateral (select a.id, a.type from registry_adjustments a
    where a.subject = 'ROW' and a.copy_of is null and a.type = coalesce(${row}.type, 'PURCHASE')
      and (a.kaspi_operation_id = ${row}.kaspi_operation_id or a.kaspi_operation_id is null
        and ${row}.kaspi_operation_id is null and (a.at, a.amount) = (${row}.at, ${row}.amount)) limit 1) taken_up on true`;
/** SQL: the payment and the refund that {@link matches} found. */
const MATCHED_PAYMENT = `coalesce(own.id, by_operation.id, refunded.payment_id, case taken_up.type when 'PURCHASE' then taken_up.id end)`;
const MATCHED_REFUND = `coalesce(refunded.id, case taken_up.type when 'REFUND' then taken_up.id end)`;

/** Stores rows with the payment and the refund of each that {@link matches} finds. */
export async function insertRows(tx: Tx, registryId: string, rows: readonly RegistryRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `insert into registry_rows (registry_id, row, type, kaspi_operation_id, mpp_payment_id, confirmed, at, method, customer_id,
       amount, fee, rate, mcc, payment_id, refund)
     select $1, r.row, r.type, r.kaspi_operation_id, r.mpp_payment_id, r.confirmed, r.at, r.method, r.customer_id, r.amount,
       r.fee, r.rate, r.mcc, ${MATCHED_PAYMENT}, ${MATCHED_REFUND}
     from json_to_recordset($2) as r(row int, type text, kaspi_operation_id text, mpp_payment_id text, our_id uuid,
       confirmed boolean, at timestamptz, method text, customer_id text, amount bigint, fee bigint, rate bigint, mcc text)
     ${matches('r', 'r.our_id', 'own.id')}`,
    [registryId, JSON.stringify(rows.map(jsonOf))],
  );
}

function jsonOf(row: RegistryRow): object {
  return {
    row: row.row,
    type: row.type,
    kaspi_operation_id: row.kaspiOperationId,
    mpp_payment_id: row.mppPaymentId,
    // Our ids are UUIDs; other values match no payment.
    our_id: row.mppPaymentId !== null && UUID.test(row.mppPaymentId) ? row.mppPaymentId : null,
    confirmed: row.confirmed,
    at: row.at,
    method: row.method,
    customer_id: row.customerId,
    amount: row.amount?.toString(),
    fee: row.fee?.toString(),
    rate: row.rate?.toString(),
    mcc: row.mcc,
  };
}

export async function insertRowErrors(tx: Tx, registryId: string, errors: readonly RowError[]): Promise<void> {
  if (errors.length === 0) return;
  await tx.query(
    `insert into registry_row_errors (registry_id, row, column_name, header, content, problem)
     select $1, * from unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[])`,
    [
      registryId,
      errors.map((error) => error.row),
      errors.map((error) => error.column),
      errors.map((error) => error.header),
      errors.map((error) => error.content),
      errors.map((error) => error.problem),
    ],
  );
}

/** Matches rows again that had no payment or refund, and returns how many have one now. */
export async function rematchRows(tx: Queryable, registryId: string, rows: readonly number[]): Promise<number> {
  if (rows.length === 0) return 0;
  const matched = await tx.query<unknown[]>(
    `update registry_rows r set payment_id = coalesce(r.payment_id, m.payment_id), refund = coalesce(r.refund, m.refund)
     from (
       select x.row, ${MATCHED_PAYMENT} as payment_id, ${MATCHED_REFUND} as refund
       from registry_rows x
       ${matches('x', 'case when x.mpp_payment_id ~* $3 then x.mpp_payment_id::uuid end', 'x.payment_id, own.id')}
       where x.registry_id = $1 and x.row = any($2)) m
     where r.registry_id = $1 and r.row = m.row
       and (r.payment_id is null and m.payment_id is not null or r.refund is null and m.refund is not null)
     returning 1`,
    [registryId, rows, UUID.source],
  );
  return matched.length;
}

/**
 * Pairs rows of refunds as the same Kaspi operation is paired in another registry, such as an earlier version of the file or
 * the month's. Returns how many.
 */
export async function pairAsInOtherRegistries(
  tx: Queryable,
  registryId: string,
  rows: readonly number[] | null,
): Promise<number> {
  const paired = await tx.query<unknown[]>(
    `update registry_rows r set refund = x.refund from registry_rows x
     where r.registry_id = $1 and ($2::int[] is null or r.row = any($2)) and r.type = 'REFUND' and r.refund is null
       and x.payment_id = r.payment_id and x.type = 'REFUND' and x.kaspi_operation_id = r.kaspi_operation_id
       and x.refund is not null
     returning 1`,
    [registryId, rows],
  );
  return paired.length;
}

const PAYMENTS_PER_PAGE = 2000;

/**
 * Rows of refunds without a refund, and the refunds of the same payments that no operation in a registry of this kind has.
 * One page of payments after the payment `after`; null after the last page. `among`: only these rows.
 */
export async function findUnpairedRefunds(
  tx: Queryable,
  registryId: string,
  after: string | null,
  among: readonly number[] | null,
): Promise<UnpairedRefunds | null> {
  const payments = await tx.query<{ id: string }[]>(
    `select distinct payment_id as id from registry_rows
     where registry_id = $1 and type = 'REFUND' and refund is null and payment_id is not null
       and ($2::uuid is null or payment_id > $2) and ($3::int[] is null or row = any($3))
     order by payment_id limit ${PAYMENTS_PER_PAGE}`,
    [registryId, after, among],
  );
  const last = payments.at(-1)?.id;
  if (last === undefined) return null;
  const ids = payments.map(({ id }) => id);
  const rows = await tx.query<(Omit<UnpairedRow, 'amount'> & { amount: string | null })[]>(
    `select row, payment_id as "paymentId", kaspi_operation_id as operation, amount, at from registry_rows
     where registry_id = $1 and type = 'REFUND' and refund is null and payment_id = any($2)
       and ($3::int[] is null or row = any($3)) order by row`,
    [registryId, ids, among],
  );
  // A row of another registry without Kaspi's operation id may be the same operation.
  const refunds = await tx.query<(Omit<UnpairedRefund, 'amount'> & { amount: string })[]>(
    `select f.id, f.payment_id as "paymentId", f.kaspi_operation_id as operation, f.amount, f.at from refunds_to_reconcile f
     where f.payment_id = any($2) and not exists (select 1 from registry_rows x join registries g on g.id = x.registry_id
       where x.refund = f.id and g.kind = (select kind from registries where id = $1)
         and (x.registry_id = $1 or x.kaspi_operation_id is not null))
     order by f.at, f.id`,
    [registryId, ids],
  );
  return {
    last,
    rows: rows.map((row) => ({ ...row, amount: row.amount === null ? null : BigInt(row.amount) })),
    refunds: refunds.map((refund) => ({ ...refund, amount: BigInt(refund.amount) })),
  };
}

/** Returns the number of saved pairs. */
export async function savePairs(tx: Queryable, registryId: string, pairs: readonly RefundPair[]): Promise<number> {
  if (pairs.length === 0) return 0;
  const saved = await tx.query<unknown[]>(
    `update registry_rows r set refund = p.refund from unnest($2::int[], $3::uuid[]) as p(row, refund)
     where r.registry_id = $1 and r.row = p.row and r.refund is null returning 1`,
    [registryId, pairs.map(({ row }) => row), pairs.map(({ refundId }) => refundId)],
  );
  return saved.length;
}

/** The sums of the rows that are not НЕТ; refunds are negative. */
export async function sumRows(queryable: Queryable, registryId: string): Promise<Sums> {
  const [row] = await queryable.query<{ amount: string; fee: string }[]>(
    `select coalesce(sum(case type when 'REFUND' then -amount else amount end), 0) as amount, coalesce(sum(fee), 0) as fee
     from registry_rows where registry_id = $1 and confirmed is not false`,
    [registryId],
  );
  return { amount: BigInt(row?.amount ?? 0), fee: BigInt(row?.fee ?? 0) };
}
