import { addMilliseconds, type DayRange } from '@mpp/kernel';
import { ADVISORY_LOCKS, type Queryable, ReportDatabase, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { Sums } from '../domain/registry.js';
import type { RegistryKind, StatedTotals } from '../domain/registry-row.js';
import { RegistryEntity } from './registry.entity.js';

/** A PROCESSING registry under the lease of the process that claimed it. */
export interface ClaimedRegistry {
  readonly id: string;
  readonly name: string;
  readonly attempts: number;
  /** The last stored row of the sheet. */
  readonly readTo: number;
}

/** The result of a registry's rows. */
export interface ReconciledRegistry {
  readonly kind: RegistryKind;
  readonly period: DayRange;
  readonly sums: Sums;
}

/** Registries while processes read and compare them. */
@Injectable()
export class ProcessingRepository {
  constructor(private readonly database: ReportDatabase) {}

  /** Claims the oldest unclaimed PROCESSING registry, or the one with this id. A longer lease than this one was set by a wrong clock. */
  async claimRegistry(
    lease: string,
    now: Date,
    leaseMs: number,
    id: string | null = null,
  ): Promise<ClaimedRegistry | null> {
    const [claimed] = await this.database.query<ClaimedRegistry[]>(
      `update registries set lease = $1, leased_until = $3, attempts = attempts + 1
       where id = (select id from registries where status = 'PROCESSING'
           and (leased_until is null or leased_until <= $2 or leased_until > $5) and ($4::uuid is null or id = $4)
         order by received_at limit 1 for update skip locked)
       returning id, name, attempts, read_to as "readTo"`,
      [lease, now, addMilliseconds(now, leaseMs), id, addMilliseconds(now, 2 * leaseMs)],
    );
    return claimed ?? null;
  }

  /** Whether the lease still holds: then no other process claims the registry until the transaction ends. */
  async lockLease(tx: Queryable, id: string, lease: string): Promise<boolean> {
    const locked = await tx.query<unknown[]>('select 1 from registries where id = $1 and lease = $2 for update', [
      id,
      lease,
    ]);
    return locked.length === 1;
  }

  /** Requires the lease. Adds stored operations, and extends the lease. */
  async saveProgress(tx: Tx, id: string, operations: number, readTo: number, until: Date): Promise<void> {
    await tx.query(
      `update registries set rows = rows + $2, read_to = greatest(read_to, $3), leased_until = $4 where id = $1`,
      [id, operations, readTo, until],
    );
  }

  /** Requires the lease. */
  async saveKindAndTotals(tx: Queryable, id: string, kind: RegistryKind, stated: StatedTotals | null): Promise<void> {
    await tx.query(
      `update registries set kind = $2, stated_row = $3, stated_rows = $4, stated_amount = $5, stated_fee = $6
       where id = $1`,
      [id, kind, stated?.row ?? null, stated?.rows ?? null, stated?.amount ?? null, stated?.fee ?? null],
    );
  }

  /** The registry may be claimed again at `dueAt`. */
  async releaseRegistry(id: string, lease: string, dueAt: Date, countsAsAttempt: boolean): Promise<void> {
    const attempts = () => (countsAsAttempt ? 'attempts' : 'attempts - 1');
    await this.database.manager.update(RegistryEntity, { id, lease }, { leasedUntil: dueAt, attempts });
  }

  /** Requires the lease, and ends it. */
  async saveFailure(tx: Tx, id: string, failure: string): Promise<void> {
    await tx.update(RegistryEntity, { id }, { status: 'FAILED', failure, lease: null, leasedUntil: null });
  }

  /** Requires the lease, and ends it. Counts the stored rows. */
  async saveReconciled(
    tx: Queryable,
    id: string,
    { kind, period, sums }: ReconciledRegistry,
    reconciledAt: Date,
  ): Promise<void> {
    await tx.query(
      `update registries set status = 'RECONCILED', kind = $2, period_from = $3, period_to = $4, amount = $5, fee = $6,
         rows = c.rows, matched = c.matched, reconciled_at = $7, lease = null, leased_until = null,
         row_errors = (select count(distinct row) from registry_row_errors where registry_id = $1)
       from (select count(*) as rows, count(*) filter (where case type when 'REFUND' then refund else payment_id end is not null)
           as matched from registry_rows where registry_id = $1) c
       where id = $1`,
      [id, kind, period.from, period.to, sums.amount, sums.fee, reconciledAt],
    );
  }

  async countMatched(tx: Queryable, id: string): Promise<void> {
    await tx.query(
      `update registries set matched = (select count(*) from registry_rows
         where registry_id = $1 and case type when 'REFUND' then refund else payment_id end is not null)
       where id = $1`,
      [id],
    );
  }

  /** Locks the registry until the transaction ends, and returns when it was received. */
  async lockRegistry(tx: Queryable, id: string): Promise<Date> {
    const [registry] = await tx.query<{ receivedAt: Date }[]>(
      'select received_at as "receivedAt" from registries where id = $1 for update',
      [id],
    );
    if (registry === undefined) throw new Error(`registry ${id} does not exist`);
    return registry.receivedAt;
  }

  /**
   * Only one transaction at a time compares registries. Two concurrent ones would not see each other's registry, and would
   * miss an operation or a day that is in both.
   */
  async lockComparison(tx: Queryable): Promise<void> {
    await tx.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.registryComparison.number]);
  }
}
