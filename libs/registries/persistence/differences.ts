import { ADVISORY_LOCKS, type Queryable, type Tx } from '@mpp/platform';
import { isFinal, PAYMENT_STATUSES } from '@mpp/qr-payments';
import type { Adjustment } from '../domain/adjustment.js';
import type { Discrepancy, DiscrepancySettlement } from '../domain/discrepancy.js';
import type { RegistryKind, RegistryRow } from '../domain/registry-row.js';
import { AdjustmentEntity } from './adjustment.entity.js';
import { discrepancyParameters, FOUND_DISCREPANCIES } from './discrepancies.sql.js';
import { DiscrepancyEntity } from './discrepancy.entity.js';
import { DiscrepancyChangeEntity } from './discrepancy-change.entity.js';
import { RegistryEntity } from './registry.entity.js';
import { RegistryRowEntity } from './registry-row.entity.js';

/** A row with the payment and refund that it matches. */
export interface MatchedRow extends RegistryRow {
  readonly paymentId: string | null;
  readonly refund: string | null;
}

/** A refund of the books, or of a registry. Tiyn. */
export interface BookedRefund {
  readonly amount: bigint;
  readonly booked: bigint;
  /** What the customer was credited; 0 if they had the money already (R19). */
  readonly credited: bigint;
  readonly customerId: string;
  readonly paymentId: string;
  readonly kaspiOperationId: string | null;
  readonly at: Date;
}

/** Until the transaction ends, nobody else settles a discrepancy of this operation. */
export async function lockOperation(tx: Queryable, key: string): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1, hashtext($2))', [ADVISORY_LOCKS.operationDifferences.number, key]);
}

export async function readRow(tx: Tx, registryId: string, row: number): Promise<MatchedRow> {
  return tx.findOneByOrFail(RegistryRowEntity, { registryId, row });
}

export async function readKind(tx: Tx, registryId: string): Promise<RegistryKind> {
  const registry = await tx.findOneOrFail(RegistryEntity, {
    select: { id: true, kind: true },
    where: { id: registryId },
  });
  if (registry.kind === null) throw new Error(`registry ${registryId} is not read`);
  return registry.kind;
}

/** The discrepancy as the books are now; null if they agree with the registry meanwhile. */
export async function findAgain(
  tx: Queryable,
  registryId: string,
  { kind, row, paymentId, refund }: Discrepancy,
): Promise<{ expected: string | null } | null> {
  const absent = refund ?? paymentId;
  const scope = {
    rows: row === null || kind === 'TOTAL_MISMATCH' ? [] : [row],
    absent: kind === 'MISSING_AT_KASPI' && absent !== null ? [absent] : [],
    totals: false,
  };
  const [found] = await tx.query<{ expected: string | null }[]>(
    `with ${FOUND_DISCREPANCIES} select expected from found
     where kind = $8 and row is not distinct from $9::int and ($9::int is not null or coalesce(refund, payment_id) = $10)`,
    [...discrepancyParameters(registryId, scope), kind, row, absent],
  );
  return found ?? null;
}

/** Whether Kaspi has confirmed the payment, with a receipt, after it sent the registry or the answer of the discrepancy. */
export async function isConfirmedSince(tx: Queryable, { registryId, paymentId }: Discrepancy): Promise<boolean> {
  const found = await tx.query<unknown[]>(
    `select 1 from qr_payments_to_reconcile p left join registries g on g.id = $2
     where p.id = $1 and p.receipt_at > coalesce(g.received_at, p.contradicted_at)`,
    [paymentId, registryId],
  );
  return found.length > 0;
}

/** Null if the books do not have the refund. */
export async function readRefund(tx: Tx, id: string): Promise<BookedRefund | null> {
  type Row = Omit<BookedRefund, 'amount' | 'booked' | 'credited'> & {
    amount: string;
    booked: string;
    credited: string;
  };
  const [row] = await tx.query<Row[]>(
    `select amount, (amount + ledger_refund_difference(id::text))::text as booked, credited, customer_id as "customerId",
       payment_id as "paymentId", kaspi_operation_id as "kaspiOperationId", at
     from refunds_to_reconcile where id = $1`,
    [id],
  );
  return row === undefined
    ? null
    : { ...row, amount: BigInt(row.amount), booked: BigInt(row.booked), credited: BigInt(row.credited) };
}

export async function findAdjustment(tx: Tx, id: string): Promise<Adjustment | null> {
  return tx.findOneBy(AdjustmentEntity, { id });
}

/** What the journal has as owed for an adjusted operation, in tiyn. */
export async function readAdjustedAmount(tx: Queryable, id: string): Promise<bigint> {
  const [row] = await tx.query<{ amount: string }[]>(
    'select registry_adjusted_amount(a)::text as amount from registry_adjustments a where id = $1',
    [id],
  );
  return BigInt(row?.amount ?? 0);
}

/** What operators gave to customers for refunds of the payment that are no refunds of ours. */
export async function readGivenForRows(tx: Queryable, paymentId: string): Promise<bigint> {
  const [row] = await tx.query<{ amount: string }[]>(
    `select coalesce(-sum(ledger_held_from_customer(id::text, null)), 0)::text as amount from registry_adjustments
     where payment_id = $1 and type = 'REFUND' and subject = 'ROW'`,
    [paymentId],
  );
  return BigInt(row?.amount ?? 0);
}

/** What Kaspi has refunded of the payment, by the books. */
export async function readRefunded(tx: Queryable, paymentId: string): Promise<bigint> {
  const [row] = await tx.query<{ amount: string }[]>(
    `select coalesce(sum(amount), 0)::text as amount from registry_owed where type = 'REFUND' and payment_id = $1`,
    [paymentId],
  );
  return BigInt(row?.amount ?? 0);
}

/** A later settlement of the same operation changes what Kaspi has; fees that were settled before stay. */
export async function saveAdjustment(tx: Tx, adjustment: Adjustment): Promise<void> {
  const { id, customerId, amount, at, adjustedAt, paymentFee, serviceFee } = adjustment;
  const before = await findAdjustment(tx, id);
  if (before === null) {
    await tx.insert(AdjustmentEntity, adjustment);
    return;
  }
  await tx.update(
    AdjustmentEntity,
    { id },
    {
      ...{ customerId, amount, at, adjustedAt },
      ...{ paymentFee: paymentFee ?? before.paymentFee, serviceFee: serviceFee ?? before.serviceFee },
    },
  );
}

/** The rows of this operation that operators booked as a second one, and that still stand in the journal. */
export async function countCopies(tx: Queryable, copyOf: string): Promise<number> {
  const [row] = await tx.query<{ copies: number }[]>(
    `select count(*)::int as copies from registry_adjustments a
     where copy_of = $1 and registry_adjusted_amount(a) > 0`,
    [copyOf],
  );
  return row?.copies ?? 0;
}

/** The discrepancies of the registry that say that this operation is listed twice. */
export async function countListedCopies(tx: Queryable, registryId: string, copyOf: string): Promise<number> {
  const [row] = await tx.query<{ copies: number }[]>(
    `select count(*)::int as copies from registry_discrepancies
     where registry_id = $1 and kind = 'DUPLICATE_ROW' and coalesce(refund, payment_id) = $2`,
    [registryId, copyOf],
  );
  return row?.copies ?? 0;
}

/** The row belongs to an operation that was taken up. */
export async function saveMatch(
  tx: Tx,
  registryId: string,
  row: number,
  match: { paymentId: string } | { refund: string },
): Promise<void> {
  await tx.update(RegistryRowEntity, { registryId, row }, match);
}

export async function saveSettlement(tx: Tx, discrepancyId: string, settlement: DiscrepancySettlement): Promise<void> {
  const { action, accountId, reason, at, by, adjustmentId } = settlement;
  const status = action === 'EXPLAIN' ? 'EXPLAINED' : 'RESOLVED';
  const change = { status, note: reason } as const;
  await tx.update(
    DiscrepancyEntity,
    { id: discrepancyId },
    {
      ...{ ...change, changedAt: at, closedByItself: false, adjustmentId },
      ...{ action, actionAccount: accountId, actionReason: reason, actionAt: at, actionBy: by },
    },
  );
  await tx.insert(DiscrepancyChangeEntity, { ...change, discrepancyId, at, actor: by });
}

/**
 * Stores the contradictions of the PS (R36) as discrepancies without a registry, each once, once the payment has its end: also one that
 * was never debited, of which the PS answers that the seller is paid. A refund of the whole amount after a reversal leaves nothing to
 * settle. Returns how many are new.
 */
export async function saveContradictions(queryable: Queryable, at: Date): Promise<number> {
  const saved = await queryable.query<unknown[]>(
    `with saved as (
       insert into registry_discrepancies (kind, subject, kaspi_operation_id, mpp_payment_id, payment_id, expected, actual, status,
         found_at, changed_at)
       select 'STATUS_MISMATCH', 'payment:' || p.id, p.kaspi_operation_id, p.id::text, p.id, p.status, p.contradicted_by, 'OPEN', $1, $1
       from qr_payments_to_reconcile p
       where p.contradicted_at is not null and p.status = any($2)
         and not (p.contradicted_by = 'REFUND' and p.refunded_amount = p.amount)
         and not exists (select 1 from registry_discrepancies d
           where d.registry_id is null and d.kind = 'STATUS_MISMATCH' and d.subject = 'payment:' || p.id)
       on conflict do nothing returning id, status)
     insert into registry_discrepancy_history (discrepancy_id, at, status) select id, $1, status from saved returning 1`,
    [at, PAYMENT_STATUSES.filter(isFinal)],
  );
  return saved.length;
}
