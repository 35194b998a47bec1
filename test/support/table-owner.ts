import { expect } from '@jest/globals';
import pg from 'pg';
import type { TestDatabase } from './database.js';

type Columns = Record<string, unknown>;

/** The owner of one table, who writes into it past the server's code, and is refused all the same. */
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

  /** What PostgreSQL says, a constraint's name where it has one; null where it lets the work pass. Nothing of it stays. */
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

  /** Also where ordinary triggers are switched off. */
  async expectRefused(work: () => Promise<unknown>, says: RegExp | string): Promise<void> {
    expect(await this.refusalOf(work)).toMatch(says);
    expect(await this.refusalOf(work, true)).toMatch(says);
  }
}
