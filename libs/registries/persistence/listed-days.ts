import { almatyDate, type Queryable } from '@mpp/platform';

/** An operation that a registry lists as confirmed on another day than the books have it. */
export interface MovedOperation {
  readonly id: string;
  readonly type: 'PURCHASE' | 'REFUND';
  /** As settlements of its discrepancies lock it. */
  readonly key: string;
  /** As the registry lists it. */
  readonly at: Date;
  readonly kaspiOperationId: string | null;
}

/** Of a daily registry, in the order in which they are locked. What another registry lists on its own day too, a DUPLICATE_ROW, is left out. */
export async function findMovedOperations(queryable: Queryable, registryId: string): Promise<MovedOperation[]> {
  return queryable.query(
    `with listed as (
       select distinct on (type, id) * from (
         select w.type, case w.type when 'REFUND' then w.refund else w.payment_id end as id, w.row, w.at, w.amount, w.kaspi_operation_id
         from registry_rows w join registries g on g.id = w.registry_id and g.kind = 'DAILY'
         where w.registry_id = $1 and w.confirmed and w.at is not null) w
       where id is not null order by type, id, row)
     select l.id, l.type, coalesce(l.kaspi_operation_id, l.id::text) as key, l.at, l.kaspi_operation_id as "kaspiOperationId"
     from listed l join registry_owed o on o.id = l.id and o.type = l.type and o.amount = l.amount
     where ${almatyDate('l.at')} <> ${almatyDate('o.at')}
       and not exists (select 1 from registry_discrepancies d
         where d.registry_id = $1 and d.kind = 'DUPLICATE_ROW' and d.row = l.row)
     order by key`,
    [registryId],
  );
}

/** The operations count on the registry's days from now on, as after a settled difference. They are locked. */
export async function moveOperations(queryable: Queryable, moved: readonly MovedOperation[], at: Date): Promise<void> {
  if (moved.length === 0) return;
  await queryable.query(
    `with moved as (
       select * from unnest($1::uuid[], $2::timestamptz[], $3::text[]) as m (id, at, kaspi_operation_id)),
     adjusted as (
       update registry_adjustments a set at = m.at, adjusted_at = $4 from moved m where a.id = m.id returning a.id)
     insert into registry_adjustments (id, type, subject, payment_id, kaspi_operation_id, mpp_payment_id, at, customer_id,
       amount, mcc, adjusted_at)
     select o.id, o.type, case o.type when 'REFUND' then 'REFUND' else 'PAYMENT' end, o.payment_id,
       coalesce(m.kaspi_operation_id, o.kaspi_operation_id), o.mpp_payment_id, m.at, o.customer_id, o.amount, o.mcc, $4
     from moved m join registry_owed o on o.id = m.id where m.id not in (select id from adjusted)`,
    [
      moved.map(({ id }) => id),
      moved.map((operation) => operation.at),
      moved.map(({ kaspiOperationId }) => kaspiOperationId),
      at,
    ],
  );
}
