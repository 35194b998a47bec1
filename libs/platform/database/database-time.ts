import type { Queryable } from './database.js';

/** The current time by the database's clock. Only health compares it with ours; due times come from the Clock. */
export async function readDatabaseTime(queryable: Queryable): Promise<Date> {
  const [row] = await queryable.query<{ now: Date }[]>('select clock_timestamp() as now');
  if (row === undefined) throw new Error('no row from the database');
  return row.now;
}
