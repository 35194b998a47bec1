import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ACCOUNT,
  ANSWERED_AT,
  type Columns,
  OperationsOwner,
  operationRow,
  REQUESTED_AT,
  UNCHANGEABLE,
} from '../../../test/support/core-operation-rows.js';
import type { TableOwner } from '../../../test/support/table-owner.js';
import { OPERATION_KINDS, OPERATION_STATES } from '../domain/operation.js';

let rows: OperationsOwner;
let owner: TableOwner;

beforeAll(async () => {
  rows = await OperationsOwner.start();
  owner = rows.table;
});
afterAll(() => rows.end());

describe('a recorded operation is unique:', () => {
  it('a payment has one debit, whatever its state', async () => {
    for (const state of OPERATION_STATES) {
      const debit = operationRow('DEBIT', state);
      await owner.insert(debit);
      const second = { ...debit, id: randomUUID(), state: 'REQUESTED', answered_at: null, reason: null };
      await owner.expectRefused(() => owner.insert(second), 'core_operations_one_debit');
    }
  });

  it('a debit has one reversal', async () => {
    for (const state of ['REQUESTED', 'DONE'] as const) {
      const reversal = await rows.reversalRow(state);
      await owner.insert(reversal);
      await owner.expectRefused(
        () => owner.insert({ ...reversal, id: randomUUID(), state: 'REQUESTED', answered_at: null }),
        'core_operations_one_reversal',
      );
    }
  });

  it('a refund has one credit that was or may have been executed; another one only after a refusal', async () => {
    for (const state of ['REQUESTED', 'DONE'] as const) {
      const first = operationRow('CREDIT', state);
      await owner.insert(first);
      const second = operationRow('CREDIT', 'REQUESTED', { subject: first.subject, core_account: 'KZ2' });
      await owner.expectRefused(() => owner.insert(second), 'core_operations_one_credit');
    }
    const refused = operationRow('CREDIT', 'REFUSED');
    await owner.insert(refused);
    const next = operationRow('CREDIT', 'REQUESTED', { subject: refused.subject });
    await rows.expectAccepted(() => owner.insert(next));
    await owner.insert(next);
    const third = operationRow('CREDIT', 'REQUESTED', { subject: refused.subject });
    await owner.expectRefused(() => owner.insert(third), 'core_operations_one_credit');
  });

  it('an id names one operation of any kind', async () => {
    const first = operationRow('CREDIT', 'REQUESTED');
    await owner.insert(first);
    await owner.expectRefused(() => owner.insert(operationRow('DEBIT', 'REQUESTED', { id: first.id })), /_pkey$/);
  });
});

describe('the request of an operation never changes:', () => {
  const changes: [string, unknown][] = [
    ['id', randomUUID()],
    ['subject', randomUUID()],
    ['debit_id', randomUUID()],
    ['customer_id', 'other'],
    ['account_id', randomUUID()],
    ['core_account', 'KZ2'],
    ['amount', 10_001],
    ['reference', 'other'],
    ['description', 'other'],
    ['requested_at', ANSWERED_AT],
    ['due_at', ANSWERED_AT],
  ];
  it.each(OPERATION_KINDS.flatMap((kind) => changes.map(([column, value]) => [kind, column, value] as const)))(
    'a %s keeps its %s',
    async (kind, column, value) => {
      const id = await owner.insert(await rows.validRow(kind, 'REQUESTED'));
      await owner.expectRefused(() => owner.update(id, { [column]: value }), UNCHANGEABLE);
    },
  );

  it.each(OPERATION_KINDS)('a %s keeps its kind', async (kind) => {
    const id = await owner.insert(await rows.validRow(kind, 'REQUESTED'));
    for (const other of OPERATION_KINDS.filter((each) => each !== kind)) {
      await owner.expectRefused(() => owner.update(id, { kind: other }), UNCHANGEABLE);
    }
  });
});

describe('an operation', () => {
  it.each<[string, Columns, string]>([
    ['an amount of zero', { amount: 0 }, 'core_operations_amount_check'],
    ['a negative amount', { amount: -1 }, 'core_operations_amount_check'],
    ['an empty bank account', { core_account: '' }, 'core_operations_core_account_check'],
    ['a bank account that is too long', { core_account: 'K'.repeat(65) }, 'core_operations_core_account_check'],
    ['an unlisted kind', { kind: 'TRANSFER' }, 'core_operations_kind_check'],
    ['an unlisted state', { state: 'LOST', answered_at: ANSWERED_AT }, 'core_operations_state_check'],
  ])('cannot have %s', async (_, columns, constraint) => {
    await owner.expectRefused(() => owner.insert(operationRow('CREDIT', 'REQUESTED', columns)), constraint);
  });

  it.each([
    ['deleted', 'delete from core_operations where id = $1', true],
    ['deleted together with all others', 'delete from core_operations', false],
    ['truncated with its table', 'truncate core_operations cascade', false],
  ])('cannot be %s', async (_, sql, named) => {
    const id = await owner.insert(operationRow('DEBIT', 'REQUESTED'));
    await owner.expectRefused(() => owner.query(sql, named ? [id] : []), /refused: the table is append-only/);
  });
});

describe('core_operation_request(…)', () => {
  const request = (columns: Columns = {}) => {
    const row: Columns = { ...operationRow('CREDIT', 'REQUESTED'), account_id: randomUUID(), ...columns };
    const { id, kind, subject, customer_id, account_id, core_account, amount, reference, description } = row;
    return owner.query(
      `select core_operation_request(p_id => $1, p_kind => $2, p_subject => $3, p_customer => $4, p_account => $5,
         p_core_account => $6, p_account_name => $7, p_amount => $8, p_reference => $9, p_description => $10, p_at => $11)`,
      [
        id,
        kind,
        subject,
        customer_id,
        account_id,
        core_account,
        columns.name ?? 'Зарплатный',
        amount,
        reference,
        description,
        REQUESTED_AT,
      ],
    );
  };
  const mirrorAccounts = async (coreAccount: string) =>
    (
      await owner.query("select * from ledger_accounts where kind = 'CORE_CUSTOMER' and core_account = $1", [
        coreAccount,
      ])
    ).rows;

  it('opens the mirror account in the ledger', async () => {
    const account_id = randomUUID();
    await request({ account_id, core_account: 'KZ-mirror' });
    expect(await mirrorAccounts('KZ-mirror')).toMatchObject([
      { id: account_id, customer_id: ACCOUNT.customer_id, name: 'Зарплатный', balance: '0', status: 'OPEN' },
    ]);
  });

  it('opens one mirror account, however many operations the account has', async () => {
    const account = { account_id: randomUUID(), core_account: 'KZ-twice' };
    await request(account);
    await request({ ...account, name: 'Новое имя' });
    expect(await mirrorAccounts('KZ-twice')).toHaveLength(1);
  });

  it('opens no mirror account if the operation is refused', async () => {
    const subject = randomUUID();
    await request({ subject, core_account: 'KZ-first' });
    const second = () => request({ subject, core_account: 'KZ-second' });
    expect(await owner.refusalOf(second)).toBe('core_operations_one_credit');
    await expect(second()).rejects.toThrow();
    expect(await mirrorAccounts('KZ-second')).toEqual([]);
  });

  it('refuses an account id that belongs to another account', async () => {
    const account_id = randomUUID();
    await request({ account_id, core_account: 'KZ-mine' });
    expect(await owner.refusalOf(() => request({ account_id, core_account: 'KZ-theirs' }))).toMatch(
      /belongs to another customer/,
    );
  });
});
