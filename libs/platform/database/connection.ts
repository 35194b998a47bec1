import type { DataSourceOptions } from 'typeorm';

type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

interface Session {
  query(sql: string): Promise<unknown>;
}

/** How much longer the client waits than the time limit of the server. */
const GRACE_MS = 5000;

export interface ConnectionLimits {
  readonly poolSize: number;
  /** As PostgreSQL shows it in pg_stat_activity. */
  readonly applicationName?: string;
  /** For one statement, and for an idle transaction; null: no limit. */
  readonly timeoutMs: number | null;
  /** For a new connection, and for a free one of the pool. */
  readonly connectTimeoutMs?: number;
}

/**
 * What a role or a database can have as its default, and what the driver and our statements read results by. All that is not a limit:
 * see `requireDatabase` for a pooler that does not keep it.
 */
export const SESSION = {
  datestyle: 'ISO, MDY',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  bytea_output: 'hex',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  standard_conforming_strings: 'on',
  extra_float_digits: '1',
  client_encoding: 'UTF8',
} as const;

const SESSION_SQL = Object.entries(SESSION)
  .map(([name, value]) => `set ${name} = '${value}';`)
  .join(' ');

/**
 * `on` waits until the commit is on the disk, and of a synchronous standby too. Weaker values lose commits that were answered already
 * if the machine or the primary dies; a stronger one, `remote_apply`, stays.
 */
const DURABLE_COMMITS = `select set_config('synchronous_commit', 'on', false)
  where current_setting('synchronous_commit') in ('off', 'local', 'remote_write')`;

/**
 * The connection options of every process. A session inherits nothing from its role. Commits are durable. Time limits exist because an open snapshot makes claims of the outbox several times
 * slower, and because a lost statement must not lock a row indefinitely. A statement sets all of it on a new connection: PgBouncer
 * refuses it in the startup message. Behind PgBouncer, which gives a connection to many, `platform_durable_commit.sql` sees to the
 * commits that matter. If the server does not respond at all, the slightly longer limit of the client ends the wait.
 */
export function connectionOptions(
  databaseUrl: string,
  { poolSize, applicationName = 'mpp-server', timeoutMs, connectTimeoutMs = 5000 }: ConnectionLimits,
): PostgresOptions {
  const limits =
    timeoutMs === null
      ? 'set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set lock_timeout = 0;'
      : `set statement_timeout = ${timeoutMs}; set idle_in_transaction_session_timeout = ${timeoutMs}; set lock_timeout = '10s';`;
  return {
    type: 'postgres',
    applicationName,
    poolSize,
    extra: {
      connectionString: databaseUrl,
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      onConnect: (session: Session) => session.query(SESSION_SQL + limits + DURABLE_COMMITS),
      ...(timeoutMs !== null && { query_timeout: timeoutMs + GRACE_MS }),
    },
  };
}
