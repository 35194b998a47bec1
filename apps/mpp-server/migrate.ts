import 'reflect-metadata';
import { pathToFileURL } from 'node:url';
import { applyMigrations, DatabaseUnusable, demandDatabase } from '@mpp/platform';
import { MIGRATIONS } from './migrations/index.js';

export { DatabaseUnusable, demandDatabase };

/** Brings the database to the state of this build. Returns the names of what was applied, in order. */
export async function migrate(databaseUrl: string): Promise<string[]> {
  return applyMigrations(databaseUrl, MIGRATIONS);
}

async function main(): Promise<void> {
  const { DATABASE_URL } = process.env;
  if (DATABASE_URL === undefined || DATABASE_URL === '') throw new Error('DATABASE_URL: is required');
  await demandDatabase(DATABASE_URL);
  const applied = await migrate(DATABASE_URL);
  process.stdout.write(applied.length === 0 ? 'nothing to apply\n' : `applied:\n${applied.join('\n')}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  main().catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
