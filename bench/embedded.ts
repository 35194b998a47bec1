import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { startEmbeddedPostgres } from '../apps/quickstart/embedded-postgres/index.js';

/** Runs the benchmark on BENCH_DATABASE_URL, an empty database, or on an embedded PostgreSQL as `npm start` uses it. */
export async function withDatabase(folder: string, work: (url: string) => Promise<void>): Promise<void> {
  const { BENCH_DATABASE_URL } = process.env;
  if (BENCH_DATABASE_URL !== undefined) return work(BENCH_DATABASE_URL);
  // PostgreSQL's user has to enter it where this runs as root.
  await chmod(folder, 0o755);
  const postgres = await startEmbeddedPostgres({ dataDir: path.join(folder, 'data') });
  try {
    await work(postgres.url);
  } finally {
    await postgres.stop();
  }
}
