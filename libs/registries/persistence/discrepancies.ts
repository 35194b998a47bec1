import type { Queryable, Tx } from '@mpp/platform';
import type {
  Discrepancy,
  DiscrepancyChange,
  DiscrepancyCount,
  DiscrepancyFilter,
  KeptRowError,
} from '../domain/discrepancy.js';

const DISCREPANCY_COLUMNS = `id, registry_id as "registryId", kind, row, kaspi_operation_id as "kaspiOperationId",
  mpp_payment_id as "mppPaymentId", payment_id as "paymentId", expected, actual, proposal, status, note,
  found_at as "foundAt", changed_at as "changedAt"`;

/** In the order in which they were found: of one registry, that of its rows. */
export async function selectDiscrepancies(
  queryable: Queryable,
  { registryId, kind, status }: DiscrepancyFilter,
  limit: number,
  after: string | null,
): Promise<Discrepancy[]> {
  return queryable.query<Discrepancy[]>(
    `select ${DISCREPANCY_COLUMNS} from registry_discrepancies
     where ($1::uuid is null or registry_id = $1) and ($2::text is null or kind = $2) and ($3::text is null or status = $3)
       and ($5::bigint is null or id > $5)
     order by id limit $4`,
    [registryId ?? null, kind ?? null, status ?? null, limit, after],
  );
}

/** How many of each kind there are, by kind. */
export async function countDiscrepancies(queryable: Queryable, registryId: string): Promise<DiscrepancyCount[]> {
  return queryable.query<DiscrepancyCount[]>(
    `select kind, count(*)::int as found, count(*) filter (where status = 'OPEN')::int as open
     from registry_discrepancies where registry_id = $1 group by kind order by kind`,
    [registryId],
  );
}

export async function findDiscrepancy(queryable: Queryable, id: string): Promise<Discrepancy | null> {
  const [row] = await queryable.query<Discrepancy[]>(
    `select ${DISCREPANCY_COLUMNS} from registry_discrepancies where id = $1`,
    [id],
  );
  return row ?? null;
}

export async function selectChanges(queryable: Queryable, discrepancyId: string): Promise<DiscrepancyChange[]> {
  return queryable.query<DiscrepancyChange[]>(
    'select at, actor, status, note from registry_discrepancy_history where discrepancy_id = $1 order by id',
    [discrepancyId],
  );
}

/** What somebody says of it, from now on. */
export async function changeDiscrepancy(tx: Tx, id: string, change: DiscrepancyChange): Promise<void> {
  const { status, note, at, actor } = change;
  await tx.query(
    `update registry_discrepancies set status = $2, note = $3, changed_at = $4, closed_by_itself = false where id = $1`,
    [id, status, note, at],
  );
  await tx.query(
    'insert into registry_discrepancy_history (discrepancy_id, at, actor, status, note) values ($1, $2, $3, $4, $5)',
    [id, at, actor, status, note],
  );
}

/** Until the transaction ends nobody else changes it. */
export async function lockDiscrepancy(tx: Tx, id: string): Promise<Discrepancy | null> {
  const [row] = await tx.query<Discrepancy[]>(
    `select ${DISCREPANCY_COLUMNS} from registry_discrepancies where id = $1 for update`,
    [id],
  );
  return row ?? null;
}

export async function selectRowErrors(
  queryable: Queryable,
  registryId: string,
  limit: number,
  after: string | null,
): Promise<KeptRowError[]> {
  return queryable.query<KeptRowError[]>(
    `select id, row, column_name as column, header, content, problem from registry_row_errors
     where registry_id = $1 and ($3::bigint is null or id > $3) order by id limit $2`,
    [registryId, limit, after],
  );
}
