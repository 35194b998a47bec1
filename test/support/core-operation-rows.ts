import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import type { OperationKind, OperationState } from '../../libs/core-banking/domain/operation.js';
import { createDatabase, type TestDatabase } from './database.js';
import { TableOwner } from './table-owner.js';

export const REQUESTED_AT = '2026-03-10T06:01:00Z';
export const ANSWERED_AT = '2026-03-10T06:01:01Z';
export const DUE_AT = '2026-03-10T07:01:00Z';
export const UNCHANGEABLE = /its request and its answer cannot change/;

export type Columns = Record<string, unknown>;

export const ACCOUNT = { customer_id: '900900000001', account_id: randomUUID(), core_account: 'KZ75125KZT1001300335' };

/** A row of core_operations; a reversal also needs `subject`, `debit_id` and `due_at`. */
export function operationRow(kind: OperationKind, state: OperationState, columns: Columns = {}): Columns {
  return {
    id: randomUUID(),
    kind,
    subject: randomUUID(),
    ...ACCOUNT,
    amount: 10_000,
    reference: 'r',
    description: 'Kaspi QR',
    state,
    requested_at: REQUESTED_AT,
    ...(state !== 'REQUESTED' && { answered_at: ANSWERED_AT }),
    ...(state === 'REFUSED' && { reason: 'ACCOUNT_CLOSED' }),
    ...columns,
  };
}

/** Writes into core_operations as the owner of the table, by SQL, in place of the server's code. */
export class OperationsOwner {
  private constructor(
    private readonly database: TestDatabase,
    readonly table: TableOwner,
  ) {}

  static async start(): Promise<OperationsOwner> {
    const database = await createDatabase();
    return new OperationsOwner(database, await TableOwner.of(database, 'core_operations'));
  }

  async end(): Promise<void> {
    await this.table.end();
    await this.database.drop();
  }

  /** A row of a reversal, whose debit is inserted. */
  async reversalRow(state: OperationState = 'REQUESTED', columns: Columns = {}): Promise<Columns> {
    const debit = operationRow('DEBIT', 'DONE');
    await this.table.insert(debit);
    const { subject, id: debit_id } = debit;
    return operationRow('REVERSAL', state, { subject, debit_id, due_at: DUE_AT, ...columns });
  }

  async validRow(kind: OperationKind, state: OperationState, columns: Columns = {}): Promise<Columns> {
    return kind === 'REVERSAL' ? this.reversalRow(state, columns) : operationRow(kind, state, columns);
  }

  async expectAccepted(work: () => Promise<unknown>): Promise<void> {
    expect(await this.table.refusalOf(work)).toBeNull();
  }
}
