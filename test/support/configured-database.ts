import type { TestDatabase } from './database.js';

/** The URL of the database for a server to which PostgreSQL seems to be configured so. */
export async function configuredUrl(database: TestDatabase, settings: Record<string, string>): Promise<string> {
  await database.query(`
    create schema if not exists configured;
    grant usage on schema configured to public;
    create or replace function configured.current_setting(name text) returns text language sql as
      $$ select coalesce('${JSON.stringify(settings)}'::jsonb ->> name, pg_catalog.current_setting(name)) $$`);
  const url = new URL(database.url);
  url.searchParams.set('options', '-c search_path=public,configured,pg_catalog');
  return url.href;
}
