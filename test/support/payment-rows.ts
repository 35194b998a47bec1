import { afterAll, beforeAll, expect } from '@jest/globals';
import pg from 'pg';
import type { PaymentStatus } from '../../libs/qr-payments/domain/transitions.js';
import { createDatabase, type TestDatabase } from './database.js';
import { another, type Columns, paymentThatIs, rowOf } from './payments.js';

export const PRICED_AT = '2026-03-10T06:10:00Z';

/** A valid payment with this status. */
export function row(status: PaymentStatus, columns: Columns = {}): Columns {
  return { ...rowOf(another(paymentThatIs(status))), ...columns };
}

/** A database to which a test writes rows of payments as the owner of the table: registers the hooks that start and stop it. */
export function paymentRowsFixture() {
  const fixture = {} as {
    database: TestDatabase;
    owner: pg.Client;
    other: pg.Client;
  };

  beforeAll(async () => {
    fixture.database = await createDatabase();
    [fixture.owner, fixture.other] = await Promise.all([fixture.database.connect(), fixture.database.connect()]);
  });

  afterAll(async () => {
    await Promise.all([fixture.owner.end(), fixture.other.end()]);
    await fixture.database.drop();
  });

  async function insert(columns: Columns, client = fixture.owner): Promise<string> {
    const names = Object.keys(columns);
    await client.query(
      `insert into qr_payments (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
      Object.values(columns),
    );
    return String(columns.id);
  }

  async function update(id: string, columns: Columns, client = fixture.owner): Promise<void> {
    const changes = Object.keys(columns).map((name, index) => `${name} = $${index + 2}`);
    const { rowCount } = await client.query(`update qr_payments set ${changes.join(', ')} where id = $1`, [
      id,
      ...Object.values(columns),
    ]);
    expect(rowCount).toBe(1);
  }

  /** The error of PostgreSQL; null if it allows the statements, which are rolled back. */
  async function refusalOf(work: () => Promise<unknown>, asReplica = false): Promise<string | null> {
    await fixture.owner.query('begin');
    try {
      if (asReplica) await fixture.owner.query('set local session_replication_role = replica');
      await work();
      return null;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      return error.constraint ?? error.message;
    } finally {
      await fixture.owner.query('rollback');
    }
  }

  async function expectRefused(work: () => Promise<unknown>, error: RegExp | string): Promise<void> {
    expect(await refusalOf(work)).toMatch(error);
    expect(await refusalOf(work, true)).toMatch(error);
  }

  const SETTLED = /what is settled cannot change/;

  return { fixture, insert, update, refusalOf, expectRefused, SETTLED };
}
