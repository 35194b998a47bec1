import { Injectable } from '@nestjs/common';
import type { Pool, QueryConfig } from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { isTransient, isUnanswered } from './postgres-error.js';

declare const open: unique symbol;

/**
 * A transaction that is open. Whatever joins one takes it as its first argument, so that forgetting it does not
 * compile. No network call may be made while one is open.
 */
export type Tx = EntityManager & { readonly [open]: true };

/** What one statement needs: an open transaction, or the database itself, where the statement commits on its own. */
export interface Queryable {
  query<Rows = unknown[]>(sql: string, parameters?: unknown[]): Promise<Rows>;
}

const MAX_TRIES = 4;
/** The longest that a timer takes: 24 days. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
const NO_LIMIT = 'set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0';

@Injectable()
export class Database implements Queryable {
  private readonly pool: Pool;

  constructor(private readonly dataSource: DataSource) {
    // TypeORM's own pool: a statement that stands alone needs no query runner, which costs as much as the statement.
    this.pool = (dataSource.driver as PostgresDriver).master;
  }

  /** For repositories that read outside a transaction. */
  get manager(): EntityManager {
    return this.dataSource.manager;
  }

  /** Runs one statement, which commits by itself. It is tried again where it stood in another one's way (40P01). */
  async query<Rows = unknown[]>(sql: string, parameters?: unknown[]): Promise<Rows> {
    return untilUndisturbed(async () => (await this.pool.query(sql, parameters)).rows as Rows);
  }

  /**
   * Runs the work in one transaction and returns what it returns. It begins again where PostgreSQL gave up one of
   * several transactions that stood in each other's way (40001, 40P01), so the work must not act outside the database.
   */
  async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return untilUndisturbed(() => this.once(work));
  }

  /**
   * Reads in one snapshot of the whole database, whatever is written meanwhile, with no limit of time: for checks of all
   * there is. While it lasts the outbox is slower, so it is not for anything that a request waits for.
   */
  async snapshot<T>(work: (snapshot: Queryable) => Promise<T>): Promise<T> {
    return this.unlimited(`begin isolation level repeatable read read only; ${NO_LIMIT}`, work);
  }

  /**
   * A transaction whose statements have no limit of time: for a few that go over millions of rows. As with a snapshot, the
   * outbox is slower while it lasts. It begins again where it stood in another one's way, so the work must not act outside.
   */
  async longTransaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    return untilUndisturbed(() => this.unlimited(`begin; ${NO_LIMIT}`, work));
  }

  private async unlimited<T>(begin: string, work: (session: Queryable) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      await client.query(begin);
      const query = async <Rows>(text: string, values: unknown[] = []): Promise<Rows> =>
        (await client.query({ text, values, query_timeout: MAX_TIMEOUT_MS } as QueryConfig)).rows as Rows;
      const result = await work({ query });
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch((failed: Error) => {
        broken = failed;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }

  private async once<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.startTransaction();
      const result = await work(runner.manager as Tx);
      await runner.commitTransaction();
      return result;
    } catch (error) {
      // A connection that does not answer must not go back to the pool: cut off, it is thrown away.
      if (isUnanswered(error)) (await runner.connect()).connection.stream.destroy();
      else await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
    }
  }
}

async function untilUndisturbed<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries === MAX_TRIES || !isTransient(error)) throw error;
    }
  }
}
