import type { EntityManager, EntityTarget, ObjectLiteral, SelectQueryBuilder } from 'typeorm';

/** The last row of the previous page: a list continues after this moment and id. */
export interface Position {
  readonly at: Date;
  readonly id: string;
}

/** Selects the rows whose columns equal what the filter names. A property that is absent or undefined does not narrow. */
export function selectWhere<Row extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<Row>,
  filter: { readonly [Column in keyof Row]?: unknown },
): SelectQueryBuilder<Row> {
  const query = manager.createQueryBuilder(entity, 'row');
  for (const [column, value] of Object.entries(filter)) {
    if (value !== undefined) query.andWhere(`row.${column} = :${column}`, { [column]: value });
  }
  return query;
}

/** As {@link newestFirst}, for a table whose ids increase with time. */
export async function newestIdFirst<Row extends ObjectLiteral & { readonly id: string }>(
  query: SelectQueryBuilder<Row>,
  limit: number,
  after: Position | null,
): Promise<Row[]> {
  if (after !== null) query.andWhere('row.id < :afterId', { afterId: after.id });
  return query.orderBy('row.id', 'DESC').limit(limit).getMany();
}

/** The newest rows of the query first, at most `limit`, after the position; `at` names the column of the list's order. */
export async function newestFirst<Row extends ObjectLiteral>(
  query: SelectQueryBuilder<Row>,
  limit: number,
  after: Position | null,
  at: keyof Row & string = 'createdAt',
): Promise<Row[]> {
  if (after !== null)
    query.andWhere(`(row.${at}, row.id) < (:afterAt, :afterId)`, { afterAt: after.at, afterId: after.id });
  return query.orderBy(`row.${at}`, 'DESC').addOrderBy('row.id', 'DESC').limit(limit).getMany();
}
