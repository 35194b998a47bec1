import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { TableOwner } from '../../../test/support/table-owner.js';
import { OPERATION_KINDS, OPERATION_STATES, type OperationKind, type OperationState } from '../domain/operation.js';

const REQUESTED_AT = '2026-03-10T06:01:00Z';
const ANSWERED_AT = '2026-03-10T06:01:01Z';
const DUE_AT = '2026-03-10T07:01:00Z';
const STAYS = /its request and its answer cannot change/;

type Columns = Record<string, unknown>;

const ACCOUNT = { customer_id: '900900000001', account_id: randomUUID(), core_account: 'KZ75125KZT1001300335' };

function operation(kind: OperationKind, state: OperationState, columns: Columns = {}): Columns {
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

/** What the owner of the table can do to it by SQL, whatever the server's code does. */
describe('what a bank’s core was asked for, in the database,', () => {
  let database: TestDatabase;
  let owner: TableOwner;

  beforeAll(async () => {
    database = await createDatabase();
    owner = await TableOwner.of(database, 'core_operations');
  });

  afterAll(async () => {
    await owner.end();
    await database.drop();
  });

  /** A reversal of a debit that is on record. */
  async function reversal(state: OperationState = 'REQUESTED', columns: Columns = {}): Promise<Columns> {
    const debit = operation('DEBIT', 'DONE');
    await owner.insert(debit);
    const { subject, id: debit_id } = debit;
    return operation('REVERSAL', state, { subject, debit_id, due_at: DUE_AT, ...columns });
  }
  const of = async (kind: OperationKind, state: OperationState, columns: Columns = {}) =>
    kind === 'REVERSAL' ? reversal(state, columns) : operation(kind, state, columns);
  const passes = async (work: () => Promise<unknown>) => expect(await owner.refusalOf(work)).toBeNull();

  describe('is asked for once:', () => {
    it('a payment has one debit, whatever became of it', async () => {
      for (const state of OPERATION_STATES) {
        const debit = operation('DEBIT', state);
        await owner.insert(debit);
        const again = { ...debit, id: randomUUID(), state: 'REQUESTED', answered_at: null, reason: null };
        await owner.expectRefused(() => owner.insert(again), 'core_operations_one_debit');
      }
    });

    it('a debit has one reversal', async () => {
      for (const state of ['REQUESTED', 'DONE'] as const) {
        const first = await reversal(state);
        await owner.insert(first);
        await owner.expectRefused(
          () => owner.insert({ ...first, id: randomUUID(), state: 'REQUESTED', answered_at: null }),
          'core_operations_one_reversal',
        );
      }
    });

    it('a refund has one credit that was carried out, or may have been; another one only after a refusal', async () => {
      for (const state of ['REQUESTED', 'DONE'] as const) {
        const first = operation('CREDIT', state);
        await owner.insert(first);
        const second = operation('CREDIT', 'REQUESTED', { subject: first.subject, core_account: 'KZ2' });
        await owner.expectRefused(() => owner.insert(second), 'core_operations_one_credit');
      }
      const refused = operation('CREDIT', 'REFUSED');
      await owner.insert(refused);
      const next = operation('CREDIT', 'REQUESTED', { subject: refused.subject });
      await passes(() => owner.insert(next));
      await owner.insert(next);
      const third = operation('CREDIT', 'REQUESTED', { subject: refused.subject });
      await owner.expectRefused(() => owner.insert(third), 'core_operations_one_credit');
    });

    it('an operation has its id for itself', async () => {
      const first = operation('CREDIT', 'REQUESTED');
      await owner.insert(first);
      await owner.expectRefused(() => owner.insert(operation('DEBIT', 'REQUESTED', { id: first.id })), /_pkey$/);
    });
  });

  describe('is what it was asked for:', () => {
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
        const id = await owner.insert(await of(kind, 'REQUESTED'));
        await owner.expectRefused(() => owner.update(id, { [column]: value }), STAYS);
      },
    );

    it.each(OPERATION_KINDS)('a %s is no other kind', async (kind) => {
      const id = await owner.insert(await of(kind, 'REQUESTED'));
      for (const other of OPERATION_KINDS.filter((one) => one !== kind)) {
        await owner.expectRefused(() => owner.update(id, { kind: other }), STAYS);
      }
    });
  });

  describe('has one answer:', () => {
    const ANSWERED: readonly (readonly [OperationKind, OperationState])[] = [
      ['DEBIT', 'DONE'],
      ['DEBIT', 'REFUSED'],
      ['DEBIT', 'ABANDONED'],
      ['CREDIT', 'DONE'],
      ['CREDIT', 'REFUSED'],
      ['REVERSAL', 'DONE'],
    ];

    it.each(ANSWERED)('a %s may be %s', async (kind, state) => {
      const asked = await of(kind, 'REQUESTED');
      const reason = state === 'REFUSED' ? 'OTHER' : null;
      const id = await owner.insert(asked);
      await passes(() => owner.update(id, { state, reason, answered_at: ANSWERED_AT, core_reference: 'R-1' }));
      await passes(async () => owner.insert(await of(kind, state)));
    });

    it.each(ANSWERED)('a %s that is %s stays so, with the moment and the reason', async (kind, state) => {
      const id = await owner.insert(await of(kind, state, { core_reference: 'R-1' }));
      for (const other of OPERATION_STATES.filter((one) => one !== state)) {
        await owner.expectRefused(() => owner.update(id, { state: other }), STAYS);
        await owner.expectRefused(() => owner.update(id, { state: other, answered_at: null }), STAYS);
      }
      await owner.expectRefused(() => owner.update(id, { answered_at: DUE_AT }), STAYS);
      await owner.expectRefused(() => owner.update(id, { reason: 'LIMIT_EXCEEDED' }), STAYS);
      await owner.expectRefused(() => owner.update(id, { core_reference: 'R-2' }), STAYS);
      await owner.expectRefused(() => owner.update(id, { core_reference: null }), STAYS);
    });

    it('no reversal is refused for good: the money is the customer’s', async () => {
      const id = await owner.insert(await reversal());
      const refusal = { state: 'REFUSED', reason: 'ACCOUNT_CLOSED', answered_at: ANSWERED_AT };
      await owner.expectRefused(() => owner.update(id, refusal), 'core_operations_refused');
    });

    it('a refusal has a reason', async () => {
      for (const kind of ['DEBIT', 'CREDIT'] as const) {
        const without = operation(kind, 'REFUSED', { reason: null });
        await owner.expectRefused(() => owner.insert(without), 'core_operations_refused');
      }
    });

    it.each(['CREDIT', 'REVERSAL'] as const)('a %s is never given up: only a debit is', async (kind) => {
      const id = await owner.insert(await of(kind, 'REQUESTED'));
      const givenUp = { state: 'ABANDONED', answered_at: ANSWERED_AT };
      await owner.expectRefused(() => owner.update(id, givenUp), 'core_operations_abandoned');
    });

    it('an answer has its moment, and what is not answered has none', async () => {
      const id = await owner.insert(operation('DEBIT', 'REQUESTED'));
      await owner.expectRefused(() => owner.update(id, { state: 'DONE' }), 'core_operations_answered');
      await owner.expectRefused(() => owner.update(id, { answered_at: ANSWERED_AT }), 'core_operations_answered');
    });
  });

  describe('gives back', () => {
    it('a debit, by a moment; nothing else does', async () => {
      const { debit_id, due_at, ...rest } = await reversal();
      await owner.expectRefused(() => owner.insert({ ...rest, due_at }), 'core_operations_reversal');
      await owner.expectRefused(() => owner.insert({ ...rest, debit_id }), 'core_operations_reversal');
      for (const kind of ['DEBIT', 'CREDIT'] as const) {
        for (const more of [{ debit_id }, { due_at }, { debit_id, due_at }]) {
          await owner.expectRefused(() => owner.insert(operation(kind, 'REQUESTED', more)), 'core_operations_reversal');
        }
      }
    });

    it.each<[string, Columns]>([
      ['more', { amount: 10_001 }],
      ['less', { amount: 9999 }],
      ['to another customer', { customer_id: '900900000002' }],
      ['onto another account of ours', { account_id: randomUUID() }],
      ['onto another account of the bank’s', { core_account: 'KZ2' }],
      ['of another payment', { subject: randomUUID() }],
      ['of a debit that nobody asked for', { debit_id: randomUUID() }],
    ])('what the debit took, from where it took it: not %s', async (_, change) => {
      const other = await reversal('REQUESTED', change);
      await owner.expectRefused(() => owner.insert(other), 'core_operations_reversal_of_debit');
    });

    it('a debit, no credit', async () => {
      const credit = operation('CREDIT', 'DONE');
      await owner.insert(credit);
      const { id: debit_id, subject } = credit;
      const back = operation('REVERSAL', 'REQUESTED', { subject, debit_id, due_at: DUE_AT });
      await owner.expectRefused(() => owner.insert(back), 'core_operations_reversal_of_debit');
    });
  });

  it('reminds people of reversals that are not done, and of nothing else', async () => {
    const id = await owner.insert(await reversal('REQUESTED', { next_escalation_at: DUE_AT }));
    await passes(() => owner.update(id, { next_escalation_at: null }));
    const done = { state: 'DONE', answered_at: ANSWERED_AT };
    await owner.expectRefused(() => owner.update(id, done), 'core_operations_escalates');
    await passes(() => owner.update(id, { ...done, next_escalation_at: null }));
    for (const kind of ['DEBIT', 'CREDIT'] as const) {
      const reminding = operation(kind, 'REQUESTED', { next_escalation_at: DUE_AT });
      await owner.expectRefused(() => owner.insert(reminding), 'core_operations_escalates');
    }
  });

  it.each<[string, Columns, string]>([
    ['an amount of nothing', { amount: 0 }, 'core_operations_amount_check'],
    ['a negative amount', { amount: -1 }, 'core_operations_amount_check'],
    ['no account of the bank’s', { core_account: '' }, 'core_operations_core_account_check'],
    ['an account with too long a name', { core_account: 'K'.repeat(65) }, 'core_operations_core_account_check'],
    ['a kind that nobody knows', { kind: 'TRANSFER' }, 'core_operations_kind_check'],
    ['a state that nobody knows', { state: 'LOST', answered_at: ANSWERED_AT }, 'core_operations_state_check'],
  ])('cannot have %s', async (_, columns, says) => {
    await owner.expectRefused(() => owner.insert(operation('CREDIT', 'REQUESTED', columns)), says);
  });

  it.each([
    ['deleted', 'delete from core_operations where id = $1', true],
    ['deleted with all others', 'delete from core_operations', false],
    ['swept away with the whole table', 'truncate core_operations cascade', false],
  ])('cannot be %s', async (_, sql, named) => {
    const id = await owner.insert(operation('DEBIT', 'REQUESTED'));
    await owner.expectRefused(() => owner.query(sql, named ? [id] : []), /refused: the table is append-only/);
  });

  describe('is put on record by core_operation_request(…),', () => {
    const ask = (columns: Columns = {}) => {
      const name = 'Зарплатный';
      const asked: Columns = { ...operation('CREDIT', 'REQUESTED'), account_id: randomUUID(), name, ...columns };
      const { id, kind, subject, customer_id, account_id, core_account, amount, reference, description } = asked;
      return owner.query('select core_operation_request($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)', [
        ...[
          id,
          kind,
          subject,
          customer_id,
          account_id,
          core_account,
          asked.name,
          amount,
          reference,
          description,
          REQUESTED_AT,
        ],
      ]);
    };
    const mirrors = async (core: string) =>
      (await owner.query("select * from ledger_accounts where kind = 'CORE_CUSTOMER' and core_account = $1", [core]))
        .rows;

    it('together with the mirror of its account in the ledger', async () => {
      const account_id = randomUUID();
      await ask({ account_id, core_account: 'KZ-mirror' });
      expect(await mirrors('KZ-mirror')).toMatchObject([
        { id: account_id, customer_id: ACCOUNT.customer_id, name: 'Зарплатный', balance: '0', status: 'OPEN' },
      ]);
    });

    it('with one mirror, however often the account is asked about', async () => {
      const account = { account_id: randomUUID(), core_account: 'KZ-twice' };
      await ask(account);
      await ask({ ...account, name: 'Новое имя' });
      expect(await mirrors('KZ-twice')).toHaveLength(1);
    });

    it('all of it or nothing', async () => {
      const subject = randomUUID();
      await ask({ subject, core_account: 'KZ-first' });
      const again = () => ask({ subject, core_account: 'KZ-second' });
      expect(await owner.refusalOf(again)).toBe('core_operations_one_credit');
      await expect(again()).rejects.toThrow();
      expect(await mirrors('KZ-second')).toEqual([]);
    });

    it('not where our id of the account is another account’s', async () => {
      const account_id = randomUUID();
      await ask({ account_id, core_account: 'KZ-mine' });
      expect(await owner.refusalOf(() => ask({ account_id, core_account: 'KZ-theirs' }))).toMatch(
        /belongs to another customer/,
      );
    });
  });
});
