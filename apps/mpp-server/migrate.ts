import 'reflect-metadata';
import '../../config/running.js';
import { runCommand } from './command-line.js';
import { migrate } from './migration.js';

/** Migrates the database of the environment, and prints what was applied. */
async function main(): Promise<number> {
  // An empty variable counts as absent.
  const DATABASE_URL = process.env.DATABASE_URL || undefined;
  const DATABASE_MIGRATION_URL = process.env.DATABASE_MIGRATION_URL || undefined;
  if (DATABASE_URL === undefined && DATABASE_MIGRATION_URL === undefined) throw new Error('DATABASE_URL: is required');
  const applied = await migrate({ DATABASE_URL, DATABASE_MIGRATION_URL });
  process.stdout.write(applied.length === 0 ? 'nothing to apply\n' : `applied:\n${applied.join('\n')}\n`);
  if (DATABASE_URL === undefined) process.stdout.write('DATABASE_URL is not set: no other role was given any rights\n');
  return 0;
}

runCommand(main, 1);
