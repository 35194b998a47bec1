import type { DayRange } from '@mpp/kernel';
import { ADVISORY_LOCKS, Database, type Position, type Queryable, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { ArrivedFile, Registry, RegistryFilter, Sums } from '../domain/registry.js';
import type { RegistryKind, StatedTotals } from '../domain/registry-row.js';
import { REGISTRY_COLUMNS, type RegistryTableRow, toRegistry } from './registry-row.js';

/** What is left to do of one that is PROCESSING, for the process that took it. */
export interface Claimed {
  readonly id: string;
  readonly name: string;
  readonly attempts: number;
  /** Rows of the sheet up to this one are read and kept. */
  readonly readTo: number;
}

/** What came of a registry's rows. */
export interface Reconciled {
  readonly kind: RegistryKind;
  readonly period: DayRange;
  readonly sums: Sums;
}

@Injectable()
export class RegistriesRepository {
  constructor(private readonly database: Database) {}

  /** False where its content is known already, and nothing is written. Its parts are to follow in the same transaction. */
  async insert(tx: Tx, id: string, hash: string, size: number, file: ArrivedFile, at: Date): Promise<boolean> {
    const inserted = await tx.query<unknown[]>(
      `insert into registries (id, content_hash, name, size, source, received_from, received_at, status)
       values ($1, $2, $3, $4, $5, $6, $7, 'PROCESSING') on conflict (content_hash) do nothing returning id`,
      [id, hash, file.name, size, file.source, file.from, at],
    );
    return inserted.length === 1;
  }

  async insertPart(tx: Tx, id: string, part: number, content: Buffer): Promise<void> {
    await tx.query('insert into registry_files (registry_id, part, content) values ($1, $2, $3)', [id, part, content]);
  }

  async idOfContent(hash: string): Promise<string | null> {
    const [row] = await this.database.query<{ id: string }[]>('select id from registries where content_hash = $1', [
      hash,
    ]);
    return row?.id ?? null;
  }

  /** The file as it came, part by part. */
  async *content(id: string): AsyncGenerator<Buffer> {
    const [row] = await this.database.query<{ size: number }[]>('select size from registries where id = $1', [id]);
    const size = row?.size ?? 0;
    for (let at = 0, part = 0; at < size; part++) {
      const [read] = await this.database.query<{ content: Buffer }[]>(
        'select content from registry_files where registry_id = $1 and part = $2',
        [id, part],
      );
      if (read === undefined) throw new Error(`part ${part} of registry ${id} is missing`);
      at += read.content.length;
      yield read.content;
    }
  }

  async find(id: string): Promise<Registry | null> {
    const [row] = await this.database.query<RegistryTableRow[]>(
      `select ${REGISTRY_COLUMNS} from registries g where id = $1`,
      [id],
    );
    return row === undefined ? null : toRegistry(row);
  }

  /** Newest first. */
  async list({ status, kind }: RegistryFilter, limit: number, after: Position | null): Promise<Registry[]> {
    const rows = await this.database.query<RegistryTableRow[]>(
      `select ${REGISTRY_COLUMNS} from registries g
       where ($1::text is null or status = $1) and ($2::text is null or kind = $2)
         and ($4::timestamptz is null or (received_at, id) < ($4, $5::uuid))
       order by received_at desc, id desc limit $3`,
      [status ?? null, kind ?? null, limit, after?.at ?? null, after?.id ?? null],
    );
    return rows.map(toRegistry);
  }

  /** Takes the oldest one that nobody works at, or the one that is asked for, until `until`. */
  async claim(lease: string, now: Date, until: Date, id: string | null = null): Promise<Claimed | null> {
    const [row] = await this.database.query<{ id: string; name: string; attempts: number; read_to: number }[]>(
      `update registries set lease = $1, leased_until = $3, attempts = attempts + 1
       where id = (select id from registries where status = 'PROCESSING' and (leased_until is null or leased_until <= $2)
           and ($4::uuid is null or id = $4)
         order by received_at limit 1 for update skip locked)
       returning id, name, attempts, read_to`,
      [lease, now, until, id],
    );
    return row === undefined ? null : { id: row.id, name: row.name, attempts: row.attempts, readTo: row.read_to };
  }

  /** Whether this process still has it: until the transaction ends no other one takes it. */
  async hold(tx: Queryable, id: string, lease: string): Promise<boolean> {
    const held = await tx.query<unknown[]>('select 1 from registries where id = $1 and lease = $2 for update', [
      id,
      lease,
    ]);
    return held.length === 1;
  }

  /** Of one that is held: so many operations more, and all rows up to this one, are kept; the lease goes on. */
  async keepProgress(tx: Tx, id: string, operations: number, readTo: number, until: Date): Promise<void> {
    await tx.query(
      `update registries set rows = rows + $2, read_to = greatest(read_to, $3), leased_until = $4 where id = $1`,
      [id, operations, readTo, until],
    );
  }

  /** Of one that is held: what the head and the totals of the file say. */
  async keepHead(tx: Queryable, id: string, kind: RegistryKind, stated: StatedTotals | null): Promise<void> {
    await tx.query(
      `update registries set kind = $2, stated_row = $3, stated_rows = $4, stated_amount = $5, stated_fee = $6
       where id = $1`,
      [id, kind, stated?.row ?? null, stated?.rows ?? null, stated?.amount ?? null, stated?.fee ?? null],
    );
  }

  /** Lets go of one that could not be finished: it is due again at that moment, and whether that was an attempt. */
  async release(id: string, lease: string, dueAgainAt: Date, counts: boolean): Promise<void> {
    await this.database.query(
      'update registries set leased_until = $3, attempts = attempts - $4 where id = $1 and lease = $2',
      [id, lease, dueAgainAt, counts ? 0 : 1],
    );
  }

  /** Of one that is held: ends the work at it. */
  async fail(tx: Tx, id: string, failure: string): Promise<void> {
    await tx.query(
      `update registries set status = 'FAILED', failure = $2, lease = null, leased_until = null where id = $1`,
      [id, failure],
    );
  }

  /** Of one that is held: counts what is kept of its rows, and ends the work at it. */
  async reconciled(tx: Queryable, id: string, { kind, period, sums }: Reconciled, at: Date): Promise<void> {
    await tx.query(
      `update registries set status = 'RECONCILED', kind = $2, period_from = $3, period_to = $4, amount = $5, fee = $6,
         rows = c.rows, matched = c.matched, reconciled_at = $7, lease = null, leased_until = null,
         row_errors = (select count(distinct row) from registry_row_errors where registry_id = $1)
       from (select count(*) as rows, count(*) filter (where case type when 'REFUND' then refund else payment_id end is not null)
           as matched from registry_rows where registry_id = $1) c
       where id = $1`,
      [id, kind, period.from, period.to, sums.amount, sums.fee, at],
    );
  }

  /** Counts again which rows the books know. */
  async countMatched(tx: Queryable, id: string): Promise<void> {
    await tx.query(
      `update registries set matched = (select count(*) from registry_rows
         where registry_id = $1 and case type when 'REFUND' then refund else payment_id end is not null)
       where id = $1`,
      [id],
    );
  }

  /** Until the transaction ends nobody else changes it. */
  async lock(tx: Queryable, id: string): Promise<Registry | null> {
    const [row] = await tx.query<RegistryTableRow[]>(
      `select ${REGISTRY_COLUMNS} from registries g where id = $1 for update of g`,
      [id],
    );
    return row === undefined ? null : toRegistry(row);
  }

  /**
   * Until the transaction ends no other registry is compared: two that came at the same moment would each not see the other,
   * and an operation that both have, or a day of a month, would be looked at by neither.
   */
  async compareAlone(tx: Queryable): Promise<void> {
    await tx.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.registryComparison.number]);
  }

  /** Those for the same days whose fee accounting took back, or that had none, stand in the way of this one no longer. */
  async giveWay(tx: Tx, id: string, at: Date): Promise<void> {
    await tx.query(
      `update registries o set fee_taken_back_at = $2 from registries n
       where n.id = $1 and o.id <> n.id and o.status = 'ACCEPTED' and o.kind = n.kind and o.fee_taken_back_at is null
         and daterange(o.period_from, o.period_to, '[]') && daterange(n.period_from, n.period_to, '[]')
         and ledger_fee_of(o.id::text) = 0`,
      [id, at],
    );
  }

  /** One that was given up for an error of ours is due again; what is no registry stays none. */
  async tryAgain(hash: string): Promise<void> {
    await this.database.query(
      `update registries set status = 'PROCESSING', failure = null, attempts = 0
       where content_hash = $1 and status = 'FAILED' and failure = 'GIVEN_UP'`,
      [hash],
    );
  }

  /** Fails on registries_daily_once or registries_monthly_once where some of its days are accepted already. */
  async accept(tx: Tx, id: string, at: Date, by: string): Promise<void> {
    await tx.query(`update registries set status = 'ACCEPTED', accepted_at = $2, accepted_by = $3 where id = $1`, [
      id,
      at,
      by,
    ]);
  }
}
