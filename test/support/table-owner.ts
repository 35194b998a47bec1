import { expect } from '@jest/globals';
import pg from 'pg';
import type { TestDatabase } from './database.js';

type Columns = Record<string, unknown>;

/** Writes into one table as its owner, without the server's code; the database's own guards still refuse. */
export class TableOwner {
  private constructor(
    private readonly table: string,
    private readonly client: pg.Client,
  ) {}

  static async of(database: TestDatabase, table: string): Promise<TableOwner> {
    return new TableOwner(table, await database.connect(database.url));
  }

  async end(): Promise<void> {
    await this.client.end();
  }

  async query(sql: string, values: unknown[] = []): Promise<pg.QueryResult> {
    return this.client.query(sql, values);
  }

  /** Returns the row's id. */
  async insert(columns: Columns): Promise<string> {
    const names = Object.keys(columns);
    const places = names.map((_, index) => `$${index + 1}`);
    await this.query(`insert into ${this.table} (${names.join(', ')}) values (${places.join(', ')})`, [
      ...Object.values(columns),
    ]);
    return String(columns.id);
  }

  async update(id: string, columns: Columns): Promise<void> {
    const changes = Object.keys(columns).map((name, index) => `${name} = $${index + 2}`);
    const { rowCount } = await this.query(`update ${this.table} set ${changes.join(', ')} where id = $1`, [
      id,
      ...Object.values(columns),
    ]);
    expect(rowCount).toBe(1);
  }

  /** PostgreSQL's refusal: the constraint's name or the message; null if it accepts the work. Rolls back in any case. */
  async refusalOf(work: () => Promise<unknown>, asReplica = false): Promise<string | null> {
    await this.query('begin');
    try {
      if (asReplica) await this.query('set local session_replication_role = replica');
      await work();
      return null;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      return error.constraint ?? error.message;
    } finally {
      await this.query('rollback');
    }
  }

  /** Expects a refusal, also with ordinary triggers switched off. */
  async expectRefused(work: () => Promise<unknown>, reason: RegExp | string): Promise<void> {
    expect(await this.refusalOf(work)).toMatch(reason);
    expect(await this.refusalOf(work, true)).toMatch(reason);
  }
}
