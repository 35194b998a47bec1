import {
  type AnsweringDatabase,
  applySchema,
  type DatabaseSetting,
  DatabaseUnusable,
  isForbidden,
  requireDatabase,
} from '@mpp/platform';
import { SCHEMA } from './schema.js';

/** For `npm start`, which loads the programs late. */
export { requireDatabase };

/** As in the settings; at least one of them is set. */
export type DatabaseUrls = Readonly<Partial<Record<DatabaseSetting, string | undefined>>>;

/**
 * Migrates the database to this build with the role that owns the tables, and grants the server's role its rights if it is
 * another role. Returns the names of the applied migrations and files, in order. Throws {@link DatabaseUnusable}, which names
 * the setting, if one of the two roles lacks a right.
 */
export async function migrate(urls: DatabaseUrls): Promise<string[]> {
  const setting = urls.DATABASE_MIGRATION_URL === undefined ? 'DATABASE_URL' : 'DATABASE_MIGRATION_URL';
  const url = urls[setting] ?? '';
  const owner = await requireDatabase(url, setting);
  const role = await roleOfServer(urls, owner);
  try {
    return await applySchema(url, SCHEMA, { role, tables: SCHEMA.rights });
  } catch (error) {
    if (!isForbidden(error)) throw error;
    throw new DatabaseUnusable(`its role ${owner.role} cannot migrate: ${(error as Error).message}`, setting);
  }
}

async function roleOfServer(urls: DatabaseUrls, owner: AnsweringDatabase): Promise<string> {
  if (urls.DATABASE_URL === undefined || urls.DATABASE_MIGRATION_URL === undefined) return owner.role;
  const server = await requireDatabase(urls.DATABASE_URL);
  if (server.identity === owner.identity) return server.role;
  throw new DatabaseUnusable('it leads to another database than DATABASE_URL', 'DATABASE_MIGRATION_URL');
}
