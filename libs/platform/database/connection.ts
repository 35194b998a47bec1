import type { DataSourceOptions } from 'typeorm';

type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

interface Session {
  query(sql: string): Promise<unknown>;
}

// A snapshot held open makes claiming from the outbox several times slower, and a lost statement must not hold a row for ever.
const SESSION_LIMITS = `set statement_timeout = '30s'; set idle_in_transaction_session_timeout = '30s'; set lock_timeout = '10s'`;

/**
 * How every process of ours connects. The limits are set by a statement when a connection is made, not in its startup
 * message, which PgBouncer refuses.
 */
export function connectionOptions(databaseUrl: string, poolSize: number): PostgresOptions {
  return {
    type: 'postgres',
    applicationName: 'mpp-server',
    poolSize,
    extra: {
      connectionString: databaseUrl,
      connectionTimeoutMillis: 5000,
      onConnect: (session: Session) => session.query(SESSION_LIMITS),
    },
  };
}
