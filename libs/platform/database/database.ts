import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { type CommitHooks, withCommitHooks } from './commit-hooks.js';
import { type DatabaseState, selectDatabaseState } from './database-state.js';
import { PooledConnections } from './pooled-connections.js';
import { breaksConnection, isReadOnly, isTransient } from './postgres-error.js';
import type { Requirement } from './requirements.js';

declare const open: unique symbol;

/** Runs statements: an open transaction, or the database itself, where each statement commits on its own. */
export interface Queryable {
  query<Rows = unknown[]>(sql: string, parameters?: unknown[]): Promise<Rows>;
}

/** Runs the statements of a write, and actions after its commit. */
export interface Write extends Queryable, CommitHooks {}

/**
 * An open transaction. A function that takes part in one has it as its first parameter, so that a call without a transaction
 * does not compile. No network call may be made while one is open.
 */
export type Tx = EntityManager & Write & { readonly [open]: true };

/** Connections in use, and callers that wait for one. */
export interface PoolUse {
  readonly used: number;
  readonly waiting: number;
}

const MAX_TRIES = 4;
/** Before the second try, at most; twice as long before each further one. */
const FIRST_PAUSE_MS = 20;

/** Statements and transactions on the connections of one pool. */
export abstract class DatabasePool implements Queryable {
  /** Makes the types of the pools differ: a function that takes one does not compile with the other. */
  abstract readonly name: 'payments' | 'reports';

  protected readonly pool: Pool;
  private readonly log = new Logger('Database');
  private readonly connections: PooledConnections;
  /** The last known server accepts no writes. */
  private readOnly = false;

  constructor(private readonly dataSource: DataSource) {
    // TypeORM's own pool: a single statement needs no query runner, which costs as much as the statement.
    this.pool = (dataSource.driver as PostgresDriver).master;
    this.connections = new PooledConnections(this.pool);
  }

  get use(): PoolUse {
    const { totalCount, idleCount, waitingCount } = this.pool;
    return { used: totalCount - idleCount, waiting: waitingCount };
  }

  /** For repositories that read outside a transaction. */
  get manager(): EntityManager {
    return this.dataSource.manager;
  }

  /** Runs one statement, which commits on its own. It is run again after a deadlock (40P01). */
  async query<Rows = unknown[]>(sql: string, parameters?: unknown[]): Promise<Rows> {
    return repeatedly(() => this.run<Rows>(sql, parameters));
  }

  /**
   * As {@link transaction}, for work that is a single statement, which commits on its own. If the work throws, nothing
   * was written.
   */
  async statement<T>(work: (write: Write) => Promise<T>): Promise<T> {
    return this.repeatedly((hooks) => work({ ...hooks, query: (sql, parameters) => this.run(sql, parameters) }));
  }

  /**
   * Runs the work in one transaction and returns its result. After a serialization failure or a deadlock (40001, 40P01) the
   * work is run again, so it must not act outside the database: {@link Write.afterCommit} and {@link Write.onRollback} do.
   */
  async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.repeatedly((hooks) => this.once(work, hooks));
  }

  /**
   * Reads the state of the database behind the pool. The connections of one that accepts no writes are replaced. `monotonicMs` is
   * taken before and after the statement, without the wait for a connection.
   */
  async readState(monotonicMs: () => number): Promise<DatabaseState> {
    return this.withClient(async (client) => {
      const sentAtMs = monotonicMs();
      const { now, readOnly, server } = await selectDatabaseState(client);
      if (readOnly) this.replaceConnections();
      // Those that were opened meanwhile may still lead to the old one.
      else if (this.readOnly) this.replaceConnections(false);
      return { now, readOnly, server, sentAtMs, answeredAtMs: monotonicMs() };
    });
  }

  /** Checks the requirements on one connection. Throws {@link Unfit} for the first that is not met. */
  async require(requirements: readonly Requirement[]): Promise<void> {
    await this.withClient(async (client) => {
      for (const requirement of requirements) await requirement.check(client);
    });
  }

  private async run<Rows>(sql: string, parameters?: unknown[]): Promise<Rows> {
    try {
      return (await this.pool.query(sql, parameters)).rows as Rows;
    } catch (error) {
      throw this.reconnectIfReadOnly(error);
    }
  }

  /** Returns the error. After a failover the address leads to the new primary, and the open connections to the old one. */
  protected reconnectIfReadOnly(error: unknown): unknown {
    if (isReadOnly(error)) this.replaceConnections();
    return error;
  }

  private replaceConnections(readOnly = true): void {
    this.readOnly = readOnly;
    const count = this.connections.replaceAll();
    if (readOnly) this.log.error(`the database accepts no writes: ${count} connections are replaced`);
    else this.log.log('the database accepts writes again');
  }

  protected async repeatedly<T>(work: (hooks: CommitHooks) => Promise<T>): Promise<T> {
    return repeatedly(() => withCommitHooks(this.log, work));
  }

  /** `lost` keeps the connection from returning to the pool. */
  protected async withClient<T>(work: (client: PoolClient, lost: (error: Error) => void) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    const lost = (error: Error) => {
      broken = error;
    };
    // Without a listener a connection that breaks ends the process.
    client.on('error', lost);
    try {
      return await work(client, lost);
    } catch (error) {
      if (breaksConnection(error)) lost(error as Error);
      throw error;
    } finally {
      client.off('error', lost);
      client.release(broken);
    }
  }

  private async once<T>(work: (tx: Tx) => Promise<T>, hooks: CommitHooks): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.startTransaction();
      const result = await work(Object.assign(runner.manager, hooks) as Tx);
      await runner.commitTransaction();
      return result;
    } catch (error) {
      const end = breaksConnection(error)
        ? runner.connect().then(({ connection }) => closeStream(connection.stream))
        : runner.rollbackTransaction();
      // The error of the work says more than one of its end.
      await end.catch(() => undefined);
      throw this.reconnectIfReadOnly(error);
    } finally {
      await runner.release();
    }
  }
}

/** The connections of the money path and of everything else that ends within milliseconds. What takes longer uses {@link ReportDatabase}. */
@Injectable()
export class Database extends DatabasePool {
  readonly name = 'payments';

  constructor(dataSource: DataSource) {
    super(dataSource);
  }
}

/** The pool removes a connection that is closed when it is released, and not one that is about to be. */
async function closeStream(stream: Socket): Promise<void> {
  if (stream.closed) return;
  const closed = once(stream, 'close');
  stream.destroy();
  await closed;
}

/** PostgreSQL ends one of several transactions that exclude each other; run again after a pause of random length, it may succeed. */
async function repeatedly<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries === MAX_TRIES || !isTransient(error)) throw error;
    }
    await setTimeout(Math.random() * FIRST_PAUSE_MS * 2 ** (tries - 1));
  }
}
