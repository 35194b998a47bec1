import type { Queryable } from '@mpp/platform';
import type { AuditEntry, AuditFilter, NewAuditEntry } from '../domain/audit.js';

export async function insertEntry(queryable: Queryable, entry: NewAuditEntry): Promise<void> {
  const { at, actor, action, subject, customerId = null, reason = null, details = null } = entry;
  await queryable.query(
    `insert into access_audit (at, actor, action, subject, customer_id, reason, details)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    // As text: the driver would write a list as PostgreSQL's array.
    [at, actor, action, subject, customerId, reason, details === null ? null : JSON.stringify(details)],
  );
}

/** Newest first, from before this id on. The parameters are known when it is planned: what is null costs nothing. */
export async function selectEntries(
  queryable: Queryable,
  { action, subject, customerId }: AuditFilter,
  limit: number,
  before: string | null,
): Promise<AuditEntry[]> {
  return queryable.query(
    `select id, at, actor, action, subject, customer_id as "customerId", reason, details
     from access_audit
     where ($1::text is null or action = $1) and ($2::text is null or subject = $2)
       and ($3::text is null or customer_id = $3) and ($4::bigint is null or id < $4)
     order by id desc limit $5`,
    [action ?? null, subject ?? null, customerId ?? null, before, limit],
  );
}
