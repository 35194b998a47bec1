import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { PoolClient, QueryConfig } from 'pg';
import type { DataSource } from 'typeorm';
import { DatabasePool, type Queryable, type Write } from './database.js';

/** Names the TypeORM data source of the reports. */
export const REPORTS = 'reports';

declare const unlimited: unique symbol;

/** An open transaction that may take long. A function that reads any number of rows has it as its first parameter. */
export type Snapshot = Queryable & { readonly [unlimited]: true };

/** The longest that a timer takes: 24 days. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * No time limits. But a statement ends within seconds of its connection: PostgreSQL would notice a client that is gone only when
 * it sends rows. It can do so on every system but Windows, where it refuses the setting.
 */
const NO_LIMIT = `set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0;
  select set_config('client_connection_check_interval', '2s', true) where version() !~* 'visual c|mingw|windows'`;

/**
 * The connections of everything that reads any number of rows or may hold a transaction for long: reports, exports, checks of the
 * books, registries, settlements. It has DATABASE_REPORT_POOL_SIZE connections of its own, so that no payment waits for any of it.
 */
@Injectable()
export class ReportDatabase extends DatabasePool {
  readonly name = 'reports';

  constructor(@InjectDataSource(REPORTS) dataSource: DataSource) {
    super(dataSource);
  }

  /**
   * Reads one snapshot of the whole database, with no time limit. The outbox is slower while it is open. When `signal` is aborted,
   * the statement under way is abandoned, and the reason thrown.
   */
  async snapshot<T>(work: (snapshot: Snapshot) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const begin = `begin isolation level repeatable read read only; ${NO_LIMIT}`;
    return this.unlimited(begin, (session) => work(session as Snapshot), signal);
  }

  /** A transaction with no time limit, for statements over millions of rows. The outbox is slower while it is open. */
  async longTransaction<T>(work: (tx: Write) => Promise<T>): Promise<T> {
    return this.repeatedly((hooks) =>
      this.unlimited(`begin; ${NO_LIMIT}`, (session) => work({ ...hooks, ...session })),
    );
  }

  private async unlimited<T>(
    begin: string,
    work: (session: Queryable) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.withClient(async (client, lost) => {
      const abandon = () => streamOf(client).destroy(new Error('the work was abandoned'));
      signal?.addEventListener('abort', abandon, { once: true });
      try {
        signal?.throwIfAborted();
        await client.query(begin);
        const query = async <Rows>(text: string, values: unknown[] = []): Promise<Rows> =>
          (await client.query({ text, values, query_timeout: MAX_TIMEOUT_MS } as QueryConfig)).rows as Rows;
        const result = await work({ query });
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch(lost);
        signal?.throwIfAborted();
        throw this.reconnectIfReadOnly(error);
      } finally {
        signal?.removeEventListener('abort', abandon);
      }
    });
  }
}

/** The socket of a connection, which the types of pg do not have. */
function streamOf(client: PoolClient): { destroy(error: Error): void } {
  return (client as unknown as { connection: { stream: { destroy(error: Error): void } } }).connection.stream;
}
