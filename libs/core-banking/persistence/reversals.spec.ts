import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import {
  ANSWERED_AT,
  type Columns,
  DUE_AT,
  OperationsOwner,
  operationRow,
} from '../../../test/support/core-operation-rows.js';
import type { TableOwner } from '../../../test/support/table-owner.js';

let rows: OperationsOwner;
let owner: TableOwner;

beforeAll(async () => {
  rows = await OperationsOwner.start();
  owner = rows.table;
});
afterAll(() => rows.end());

describe('a recorded reversal', () => {
  it('has a debit and a due time; no other operation has either', async () => {
    const { debit_id, due_at, ...rest } = await rows.reversalRow();
    await owner.expectRefused(() => owner.insert({ ...rest, due_at }), 'core_operations_reversal');
    await owner.expectRefused(() => owner.insert({ ...rest, debit_id }), 'core_operations_reversal');
    for (const kind of ['DEBIT', 'CREDIT'] as const) {
      for (const columns of [{ debit_id }, { due_at }, { debit_id, due_at }]) {
        const row = operationRow(kind, 'REQUESTED', columns);
        await owner.expectRefused(() => owner.insert(row), 'core_operations_reversal');
      }
    }
  });

  it.each<[string, Columns]>([
    ['a larger amount than its debit', { amount: 10_001 }],
    ['a smaller amount than its debit', { amount: 9999 }],
    ['another customer than its debit', { customer_id: '900900000002' }],
    ['another account id of ours than its debit', { account_id: randomUUID() }],
    ['another account of the bank than its debit', { core_account: 'KZ2' }],
    ['another payment than its debit', { subject: randomUUID() }],
    ['a debit that is not recorded', { debit_id: randomUUID() }],
  ])('cannot have %s', async (_, change) => {
    const reversal = await rows.reversalRow('REQUESTED', change);
    await owner.expectRefused(() => owner.insert(reversal), 'core_operations_reversal_of_debit');
  });

  it('cannot refer to a credit', async () => {
    const credit = operationRow('CREDIT', 'DONE');
    await owner.insert(credit);
    const { id: debit_id, subject } = credit;
    const reversal = operationRow('REVERSAL', 'REQUESTED', { subject, debit_id, due_at: DUE_AT });
    await owner.expectRefused(() => owner.insert(reversal), 'core_operations_reversal_of_debit');
  });

  describe('to another account than its debit’s', () => {
    const OTHER = { account_id: randomUUID(), core_account: 'KZ2' };
    const again = (row: Columns, change: Columns): Columns => ({ ...row, id: randomUUID(), ...change });
    const REFUSED = { state: 'REFUSED', reason: 'ACCOUNT_CLOSED', answered_at: ANSWERED_AT };

    it('follows a refusal of the core, and never a reversal that was or may have been executed', async () => {
      const first = await rows.reversalRow();
      const second = again(first, OTHER);
      await rows.expectAccepted(async () => {
        const id = await owner.insert(first);
        await owner.update(id, REFUSED);
        await owner.insert(second);
      });
      for (const state of ['REQUESTED', 'DONE'] as const) {
        const before = again(first, state === 'DONE' ? { state, answered_at: ANSWERED_AT } : {});
        await owner.expectRefused(
          () => owner.insert(before).then(() => owner.insert(second)),
          'core_operations_one_reversal',
        );
      }
    });

    it('has the payment, customer and amount of its debit', async () => {
      const first = await rows.reversalRow();
      for (const change of [{ amount: 9999 }, { customer_id: '900900000002' }, { subject: randomUUID() }]) {
        await owner.expectRefused(async () => {
          await owner.insert({ ...first, ...REFUSED });
          await owner.insert(again(first, { ...OTHER, ...change }));
        }, 'core_operations_reversal_of_debit');
      }
    });
  });
});
