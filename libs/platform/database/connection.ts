import type { DataSourceOptions } from 'typeorm';

type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

interface Session {
  query(sql: string): Promise<unknown>;
}

/** How much longer we wait than a server that keeps its time limit needs to say that it is over. */
const GRACE_MS = 5000;

export interface ConnectionLimits {
  readonly poolSize: number;
  /** For one statement, and for a transaction that does nothing; null where there is none. */
  readonly timeoutMs: number | null;
}

/**
 * How every process of ours connects. A snapshot held open makes claiming from the outbox several times slower, and a
 * lost statement must not hold a row for ever: so there are limits. They are set by a statement when a connection is
 * made, not in its startup message, which PgBouncer refuses. A server that is gone without a word cannot keep them: ours,
 * a little later, ends the wait.
 */
export function connectionOptions(databaseUrl: string, { poolSize, timeoutMs }: ConnectionLimits): PostgresOptions {
  const limits = {
    query_timeout: (timeoutMs ?? 0) + GRACE_MS,
    onConnect: (session: Session) =>
      session.query(
        `set statement_timeout = ${timeoutMs}; set idle_in_transaction_session_timeout = ${timeoutMs}; set lock_timeout = '10s'`,
      ),
  };
  return {
    type: 'postgres',
    applicationName: 'mpp-server',
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
