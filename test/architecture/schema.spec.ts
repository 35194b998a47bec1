import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { printSchema } from '../support/print-schema.js';

/** The version of the embedded PostgreSQL. */
const EMBEDDED = 18;
const FILE = join(import.meta.dirname, '../../schema.sql');

describe('schema.sql', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createDatabase();
  });

  afterAll(() => database.drop());

  it('is the schema of a migrated database; npm run schema:write writes it', async () => {
    const [{ version } = { version: 0 }] = await database.query<{ version: number }>(
      `select current_setting('server_version_num')::int / 10000 as version`,
    );
    // Other versions print the text of views in another way.
    if (version !== EMBEDDED && process.env.SCHEMA_WRITE !== '1') return;
    expect(version).toBe(EMBEDDED);
    const printed = await printSchema((sql) => database.query(sql) as never);
    if (process.env.SCHEMA_WRITE === '1') writeFileSync(FILE, printed);
    expect(readFileSync(FILE, 'utf8')).toBe(printed);
  });

  it('shows a changed table, constraint, index, trigger, function and view', async () => {
    const before = readFileSync(FILE, 'utf8');
    for (const change of [
      'alter table receipts add column extra text',
      `alter table receipts add constraint receipts_extra check (link_receipt <> '')`,
      'create index receipts_extra on receipts (received_at)',
      'drop trigger alerts_keep on alerts',
      'create function extra() returns int language sql as $$ select 1 $$',
      'create view extra as select 1 as one',
    ]) {
      const changed = await changedBy(change);
      expect({ change, shown: changed !== before }).toEqual({ change, shown: true });
    }
  });

  /** The schema after a change that is rolled back. */
  async function changedBy(sql: string): Promise<string> {
    const client = await database.connect();
    await client.query('begin');
    await client.query(sql);
    const printed = await printSchema(async (text) => (await client.query(text)).rows);
    await client.query('rollback');
    return printed;
  }
});
