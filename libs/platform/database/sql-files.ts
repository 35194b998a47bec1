import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Queryable } from './database.js';

/** A function, trigger function or view of a lib as it is now: `libs/<lib>/sql/<name>.sql`. */
export interface SqlFile {
  /** The path from the root of the project. */
  readonly path: string;
  readonly text: string;
  /** SHA-256 of the text, in hexadecimal digits. */
  readonly checksum: string;
}

/**
 * Reads the SQL files of all libs, in the order in which they can be applied: functions, the triggers of append-only tables,
 * which use a function of another lib, and views. The order of functions does not matter, because their bodies are not checked
 * when they are created.
 */
export function readSqlFiles(root: string): SqlFile[] {
  const paths = readdirSync(join(root, 'libs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /^[\w-]+\/sql\/\w+\.sql$/.test(path))
    .map((path) => `libs/${path}`);
  const files = paths.map((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return { path, text, checksum: createHash('sha256').update(text).digest('hex') };
  });
  return files.sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1));
}

/**
 * The files whose text was never applied to this database. A text that was applied once is not applied again: a process of the
 * release before, which starts beside a newer one, must not bring its own text back.
 */
export async function pendingSqlFiles(database: Queryable, files: readonly SqlFile[]): Promise<SqlFile[]> {
  if (files.length === 0) return [];
  const applied = await database.query<{ path: string; checksum: string }[]>(
    'select path, checksum from platform_sql_files',
  );
  const known = new Set(applied.map(({ path, checksum }) => `${path} ${checksum}`));
  return files.filter(({ path, checksum }) => !known.has(`${path} ${checksum}`));
}

/** Applies the pending files in the caller's transaction and returns their paths. */
export async function applySqlFiles(tx: Queryable, files: readonly SqlFile[]): Promise<string[]> {
  const pending = await pendingSqlFiles(tx, files);
  if (pending.length > 0) await tx.query('set local check_function_bodies = off');
  for (const { path, text, checksum } of pending) {
    await tx.query(text);
    await tx.query('insert into platform_sql_files (path, checksum) values ($1, $2)', [path, checksum]);
  }
  return pending.map(({ path }) => path);
}

function rank({ path, text }: SqlFile): number {
  if (/^create or replace view /m.test(text)) return 2;
  return path.endsWith('/append_only.sql') ? 1 : 0;
}
