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
}

/**
 * The connection options of every process. Time limits exist because an open snapshot makes claims of the outbox several times
 * slower, and because a lost statement must not lock a row indefinitely. A statement sets them on a new connection: PgBouncer
 * refuses them in the startup message. If the server does not respond at all, the slightly longer limit of the client ends the wait.
 */
export function connectionOptions(
  databaseUrl: string,
  { poolSize, applicationName = 'mpp-server', timeoutMs }: ConnectionLimits,
): PostgresOptions {
  const limits = {
    query_timeout: (timeoutMs ?? 0) + GRACE_MS,
    onConnect: (session: Session) =>
      session.query(
        `set statement_timeout = ${timeoutMs}; set idle_in_transaction_session_timeout = ${timeoutMs}; set lock_timeout = '10s'`,
      ),
  };
  return {
    type: 'postgres',
    applicationName,
    poolSize,
    extra: {
      connectionString: databaseUrl,
      connectionTimeoutMillis: 5000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      ...(timeoutMs !== null && limits),
    },
  };
}
