import type { Queryable } from './database.js';
import { callOf } from './sql-function.js';

/** Creates the partitions of a monthly table for this and the next two months. */
export async function prepareMonths(database: Queryable, table: string, now: Date): Promise<void> {
  await database.query(...callOf('platform_prepare_months', { p_table: table, p_now: now }));
}
