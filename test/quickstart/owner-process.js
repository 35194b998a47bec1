/**
 * A process that owns an embedded PostgreSQL, to be killed: `node owner-process.js <dist> <options as JSON>`. It says what
 * it got in one line of JSON, or why it got nothing, and stops in order at SIGTERM.
 */
import { join } from 'node:path';

const [dist, options] = process.argv.slice(2);
const { startEmbeddedPostgres } = await import(join(dist, 'apps/quickstart/embedded-postgres/index.js'));
const tell = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
try {
  const postgres = await startEmbeddedPostgres(JSON.parse(options));
  const alive = setInterval(() => {}, 60_000);
  process.once('SIGTERM', () => postgres.stop().then(() => clearInterval(alive)));
  void postgres.failed.then((log) => tell({ failed: log }));
  tell({ url: postgres.url, version: postgres.version, path: postgres.path });
} catch (error) {
  tell({ error: error.message });
  process.exitCode = 1;
}
