/**
 * A process that owns an embedded PostgreSQL and can be killed: `node owner-process.js <dist> <options as JSON>`. It prints the
 * connection, or the error, as one line of JSON, and stops regularly at SIGTERM.
 */
import { join } from 'node:path';

const [dist, options] = process.argv.slice(2);
const { startEmbeddedPostgres } = await import(join(dist, 'apps/quickstart/embedded-postgres/index.js'));
const print = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
try {
  const postgres = await startEmbeddedPostgres(JSON.parse(options));
  const alive = setInterval(() => {}, 60_000);
  process.once('SIGTERM', () => postgres.stop().then(() => clearInterval(alive)));
  void postgres.failed.then((log) => print({ failed: log }));
  print({ url: postgres.url, version: postgres.version, path: postgres.path });
} catch (error) {
  print({ error: error.message });
  process.exitCode = 1;
}
