import { afterAll, beforeAll, describe, it } from '@jest/globals';
import {
  ANSWERED_AT,
  DUE_AT,
  OperationsOwner,
  operationRow,
  UNCHANGEABLE,
} from '../../../test/support/core-operation-rows.js';
import type { TableOwner } from '../../../test/support/table-owner.js';
import { OPERATION_KINDS, OPERATION_STATES, type OperationKind, type OperationState } from '../domain/operation.js';

let rows: OperationsOwner;
let owner: TableOwner;

beforeAll(async () => {
  rows = await OperationsOwner.start();
  owner = rows.table;
});
afterAll(() => rows.end());

describe('the answer of an operation is final:', () => {
  const ANSWERED: readonly (readonly [OperationKind, OperationState])[] = [
    ['DEBIT', 'DONE'],
    ['DEBIT', 'REFUSED'],
    ['DEBIT', 'ABANDONED'],
    ['CREDIT', 'DONE'],
    ['CREDIT', 'REFUSED'],
    ['REVERSAL', 'DONE'],
    ['REVERSAL', 'REFUSED'],
  ];

  it.each(ANSWERED)('a requested %s can become %s', async (kind, state) => {
    const requested = await rows.validRow(kind, 'REQUESTED');
    const reason = state === 'REFUSED' ? 'OTHER' : null;
    const id = await owner.insert(requested);
    await rows.expectAccepted(() =>
      owner.update(id, { state, reason, answered_at: ANSWERED_AT, core_reference: 'R-1' }),
    );
    await rows.expectAccepted(async () => owner.insert(await rows.validRow(kind, state)));
  });

  it.each(ANSWERED)('a %s that is %s keeps its state, time and reason', async (kind, state) => {
    const id = await owner.insert(await rows.validRow(kind, state, { core_reference: 'R-1' }));
    const mayBecome = kind === 'REVERSAL' && state === 'REFUSED' ? 'DONE' : state;
    for (const other of OPERATION_STATES.filter((each) => each !== state && each !== mayBecome)) {
      await owner.expectRefused(() => owner.update(id, { state: other }), UNCHANGEABLE);
      await owner.expectRefused(() => owner.update(id, { state: other, answered_at: null }), UNCHANGEABLE);
    }
    await owner.expectRefused(() => owner.update(id, { answered_at: DUE_AT }), UNCHANGEABLE);
    await owner.expectRefused(() => owner.update(id, { reason: 'LIMIT_EXCEEDED' }), UNCHANGEABLE);
    await owner.expectRefused(() => owner.update(id, { core_reference: 'R-2' }), UNCHANGEABLE);
    await owner.expectRefused(() => owner.update(id, { core_reference: null }), UNCHANGEABLE);
  });

  it('a refused reversal may turn out to be done: a copy of its request arrived late', async () => {
    const id = await owner.insert(await rows.validRow('REVERSAL', 'REFUSED'));
    await rows.expectAccepted(() => owner.update(id, { state: 'DONE', reason: null, answered_at: DUE_AT }));
  });

  it('a refusal has a reason', async () => {
    for (const kind of OPERATION_KINDS) {
      const withoutReason = await rows.validRow(kind, 'REFUSED', { reason: null });
      await owner.expectRefused(() => owner.insert(withoutReason), 'core_operations_refused');
    }
  });

  it.each(['CREDIT', 'REVERSAL'] as const)('a %s cannot become ABANDONED: only a debit can', async (kind) => {
    const id = await owner.insert(await rows.validRow(kind, 'REQUESTED'));
    const abandoned = { state: 'ABANDONED', answered_at: ANSWERED_AT };
    await owner.expectRefused(() => owner.update(id, abandoned), 'core_operations_abandoned');
  });

  it('an operation has a time of its answer exactly if it is answered', async () => {
    const id = await owner.insert(operationRow('DEBIT', 'REQUESTED'));
    await owner.expectRefused(() => owner.update(id, { state: 'DONE' }), 'core_operations_answered');
    await owner.expectRefused(() => owner.update(id, { answered_at: ANSWERED_AT }), 'core_operations_answered');
  });
});
