import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NOTIFY_RESULTS, type NotifyResult } from '@mpp/kernel';
import pg from 'pg';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import {
  ACCOUNT,
  another,
  type Columns,
  DEBITED_AT,
  FILLED_IN,
  PARKING,
  paymentThatIs,
  rowOf,
} from '../../../test/support/payments.js';
import { until } from '../../../test/support/until.js';
import type { PayableQrType } from '../domain/payment.js';
import {
  isFinal,
  isWaiting,
  PAYMENT_STATUSES,
  PAYMENT_TRANSITIONS,
  type PaymentStatus,
} from '../domain/transitions.js';

const BEKZAT = '900900000002';
const DEBITED: readonly PaymentStatus[] = ['PROCESSING', 'IN_DOUBT', 'REVERSING', 'CONFIRMED', 'REVERSED'];
const SETTLED_STATUSES: readonly PaymentStatus[] = ['CONFIRMED', 'REVERSING', 'REVERSED'];
const FINAL = PAYMENT_STATUSES.filter(isFinal);
const PRICED_AT = '2026-03-10T06:10:00Z';
const VALUES = JSON.stringify([{ id: 3932, value: '547RBA02' }]);

/** The results for the PS that are allowed in each status; null: none. */
const TELLS: Readonly<Partial<Record<PaymentStatus, readonly (NotifyResult | null)[]>>> = {
  AWAITING_AMOUNT: [null],
  AWAITING_CHECKOUT: [null],
  AWAITING_CONFIRMATION: [null],
  DEBITING: [null],
  PROCESSING: ['SUCCESS'],
  IN_DOUBT: ['SUCCESS'],
  REVERSING: ['SUCCESS', 'PROCESS_FAIL'],
  CONFIRMED: ['SUCCESS'],
  REVERSED: ['SUCCESS', 'PROCESS_FAIL'],
  DECLINED: ['PROCESS_FAIL', 'RISK_REJECT'],
  CANCELLED: [null, 'CANCELLED_BY_CLIENT'],
  EXPIRED: [null, 'CANCELLED_BY_CLIENT'],
};

/** A valid payment with this status. */
function row(status: PaymentStatus, columns: Columns = {}): Columns {
  return { ...rowOf(another(paymentThatIs(status))), ...columns };
}

function rowOfType(qrCodeType: PayableQrType, status: PaymentStatus, columns: Columns = {}): Columns {
  return { ...rowOf(another(paymentThatIs(status, { qrCodeType, amount: null }))), ...columns };
}

/** The rules that the database enforces, even for the owner of the tables. */
describe('a payment in the database', () => {
  let database: TestDatabase;
  let owner: pg.Client;
  let other: pg.Client;

  beforeAll(async () => {
    database = await createDatabase();
    [owner, other] = await Promise.all([database.connect(), database.connect()]);
  });

  afterAll(async () => {
    await Promise.all([owner.end(), other.end()]);
    await database.drop();
  });

  async function insert(columns: Columns, client = owner): Promise<string> {
    const names = Object.keys(columns);
    await client.query(
      `insert into qr_payments (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
      Object.values(columns),
    );
    return String(columns.id);
  }

  async function update(id: string, columns: Columns, client = owner): Promise<void> {
    const changes = Object.keys(columns).map((name, index) => `${name} = $${index + 2}`);
    const { rowCount } = await client.query(`update qr_payments set ${changes.join(', ')} where id = $1`, [
      id,
      ...Object.values(columns),
    ]);
    expect(rowCount).toBe(1);
  }

  /** The error of PostgreSQL; null if it allows the statements, which are rolled back. */
  async function refusalOf(work: () => Promise<unknown>, asReplica = false): Promise<string | null> {
    await owner.query('begin');
    try {
      if (asReplica) await owner.query('set local session_replication_role = replica');
      await work();
      return null;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      return error.constraint ?? error.message;
    } finally {
      await owner.query('rollback');
    }
  }

  async function expectRefused(work: () => Promise<unknown>, says: RegExp | string): Promise<void> {
    expect(await refusalOf(work)).toMatch(says);
    expect(await refusalOf(work, true)).toMatch(says);
  }

  const SETTLED = /what is settled cannot change/;
  const DEBIT = {
    status: 'PROCESSING',
    account_id: ACCOUNT,
    debited_at: DEBITED_AT,
    expires_at: null,
    notify_result: 'SUCCESS',
  };

  it('is also guarded from the owner of its table', async () => {
    const { rows } = await owner.query(
      "select tableowner = current_user as mine from pg_tables where tablename = 'qr_payments'",
    );
    expect(rows).toEqual([{ mine: true }]);
  });

  describe('of a purchase that is paid', () => {
    it.each(DEBITED)('and %s cannot be debited a second time, by whomever (R33)', async (status) => {
      const kaspi_payment_id = `ps-${status}`;
      await insert(row(status, { kaspi_payment_id }));
      const second = await insert(row('AWAITING_CONFIRMATION', { kaspi_payment_id, customer_id: BEKZAT }));
      await expectRefused(() => update(second, DEBIT), 'qr_payments_one_debit');
      await expectRefused(
        () => insert(row('CONFIRMED', { kaspi_payment_id, customer_id: 'third' })),
        'qr_payments_one_debit',
      );
    });

    it('is one per customer (R33)', async () => {
      const kaspi_payment_id = 'ps-same';
      await insert(row('AWAITING_CONFIRMATION', { kaspi_payment_id }));
      const again = row('AWAITING_CONFIRMATION', { kaspi_payment_id });
      await expectRefused(() => insert(again), 'qr_payments_of_purchase');
    });

    it('may be another customer’s if this one was not debited', async () => {
      const kaspi_payment_id = 'ps-left';
      await insert(row('DECLINED', { kaspi_payment_id, notify_result: 'PROCESS_FAIL' }));
      await insert(row('EXPIRED', { kaspi_payment_id, customer_id: 'late' }));
      const second = await insert(row('AWAITING_CONFIRMATION', { kaspi_payment_id, customer_id: BEKZAT }));
      expect(await refusalOf(() => update(second, DEBIT))).toBeNull();
    });

    it.each([
      ['commit', 'qr_payments_one_debit'],
      ['rollback', 'debited'],
    ])('by two at the same moment: the second waits for the first, and after its %s gets: %s', async (end, told) => {
      const kaspi_payment_id = `ps-race-${end}`;
      const first = await insert(row('AWAITING_CONFIRMATION', { kaspi_payment_id }));
      const second = await insert(row('AWAITING_CONFIRMATION', { kaspi_payment_id, customer_id: BEKZAT }));
      const { rows } = await other.query<{ pid: number }>('select pg_backend_pid() as pid');
      await owner.query('begin');
      await update(first, DEBIT);
      const waiting = update(second, DEBIT, other).then(
        () => 'debited',
        (error: pg.DatabaseError) => error.constraint,
      );
      await until(
        'the second waits for the first',
        () => database.query('select wait_event_type from pg_stat_activity where pid = $1', [rows[0]?.pid]),
        ([activity]) => activity?.wait_event_type === 'Lock',
      );
      await owner.query(end);
      expect(await waiting).toBe(told);
    });
  });

  it.each([
    ['id', randomUUID()],
    ['kaspi_payment_id', 'other'],
    ['customer_id', 'other'],
    ['qr_code_type', 'Static'],
  ])('cannot change its %s', async (column, value) => {
    const id = await insert(row('AWAITING_CONFIRMATION'));
    await expectRefused(() => update(id, { [column]: value }), SETTLED);
  });

  it('may change its amount and account until the debit', async () => {
    const id = await insert(row('AWAITING_CONFIRMATION'));
    expect(await refusalOf(() => update(id, { amount: 20_000, account_id: randomUUID() }))).toBeNull();
  });

  describe.each(DEBITED)('that is debited and %s', (status) => {
    it.each([
      ['amount', 10_001],
      ['amount', null],
      ['account_id', randomUUID()],
      ['account_id', null],
      ['debited_at', '2026-03-10T06:00:01Z'],
      ['debited_at', null],
    ])('cannot change its %s, for example to %s', async (column, value) => {
      const id = await insert(row(status));
      await expectRefused(() => update(id, { [column]: value }), SETTLED);
    });
  });

  it('cannot undo its debit by an earlier status', async () => {
    const id = await insert(row('PROCESSING'));
    const waits = { status: 'AWAITING_CONFIRMATION', expires_at: PRICED_AT };
    const back = { ...waits, debited_at: null, account_id: null, notify_result: null };
    await expectRefused(() => update(id, back), SETTLED);
    await expectRefused(() => update(id, waits), /qr_payments_(told|undebited)/);
  });

  describe('once the result for the PS is decided,', () => {
    const PAYMENTS: readonly [string, PaymentStatus][] = [
      ['SUCCESS', 'PROCESSING'],
      ['SUCCESS', 'CONFIRMED'],
      ['PROCESS_FAIL', 'DECLINED'],
      ['RISK_REJECT', 'DECLINED'],
      ['CANCELLED_BY_CLIENT', 'CANCELLED'],
    ];
    it.each(
      PAYMENTS.flatMap(([told, status]) =>
        [...NOTIFY_RESULTS.filter((result) => result !== told), null].map((result) => [told, status, result] as const),
      ),
    )('%s of a payment that is %s never becomes %s (R35)', async (notify_result, status, result) => {
      const id = await insert(row(status, { notify_result }));
      await expectRefused(() => update(id, { notify_result: result }), SETTLED);
    });

    it.each([
      ['CANCELLED', 'CANCELLED_BY_CLIENT'],
      ['DECLINED', 'PROCESS_FAIL'],
      ['DECLINED', 'RISK_REJECT'],
    ])('but not before: %s allows %s', async (status, notify_result) => {
      const id = await insert(row('AWAITING_CONFIRMATION'));
      expect(await refusalOf(() => update(id, { status, expires_at: null, notify_result }))).toBeNull();
    });

    it('also for an EXPIRED payment, which may get CANCELLED_BY_CLIENT once (R14)', async () => {
      const id = await insert(row('EXPIRED'));
      await update(id, { notify_result: 'CANCELLED_BY_CLIENT' });
      for (const result of ['SUCCESS', 'PROCESS_FAIL', 'RISK_REJECT', null]) {
        await expectRefused(() => update(id, { notify_result: result }), SETTLED);
      }
    });

    it.each(PAYMENT_STATUSES)(
      'a payment that is %s has only a result that its status allows (R14, R15, R35)',
      async (status) => {
        const told = await Promise.all(
          [null, ...NOTIFY_RESULTS].map(async (notify_result) => {
            const client = await database.connect();
            try {
              await client.query('begin');
              await insert(row(status, { notify_result }), client);
              return [notify_result];
            } catch (error) {
              expect((error as pg.DatabaseError).constraint).toMatch(/^qr_payments_(told|debited)$/);
              return [];
            } finally {
              await client.end();
            }
          }),
        );
        expect(told.flat()).toEqual(TELLS[status]);
      },
    );

    it('only results of the regulation are allowed', async () => {
      const id = await insert(row('AWAITING_CONFIRMATION'));
      await expectRefused(() => update(id, { notify_result: 'MAYBE' }), 'qr_payments_notify_result_check');
    });
  });

  it('has five final statuses', () => {
    expect(FINAL).toEqual(['CONFIRMED', 'REVERSED', 'DECLINED', 'CANCELLED', 'EXPIRED']);
  });

  describe.each(FINAL)('that has ended %s', (status) => {
    it.each(PAYMENT_STATUSES.filter((next) => next !== status))('never becomes %s', async (next) => {
      const id = await insert(row(status));
      await expectRefused(() => update(id, { status: next }), SETTLED);
      // Nor by inserting it again.
      const again = `insert into qr_payments select * from qr_payments where id = $1 on conflict (id) do update set status = $2`;
      await expectRefused(() => owner.query(again, [id, next]), SETTLED);
    });
  });

  it.each(
    PAYMENT_STATUSES.flatMap((from) => Object.values(PAYMENT_TRANSITIONS[from]).map((to) => [from, to] as const)),
  )('goes every way that the domain knows: from %s to %s', async (from, to) => {
    const [is, { amount, ...becomes }] = [row(from), row(to)];
    const id = await insert(is);
    // The request of a debit stays unless the core refused; its account stays in any case.
    const asked =
      is.debit_requested_at === null ? [] : ['account_id', ...(to === 'DECLINED' ? [] : ['debit_requested_at'])];
    const kept = ['id', 'kaspi_payment_id', 'qr_code_type', 'service', ...asked];
    const changes = Object.entries(becomes).filter(([name]) => !kept.includes(name));
    const filledIn = is.qr_code_type === 'Custom' ? { form_values: JSON.stringify(FILLED_IN) } : {};
    const change = { ...Object.fromEntries(changes), amount: is.amount ?? amount, version: 9, ...filledIn };
    expect(await refusalOf(() => update(id, change))).toBeNull();
  });

  describe('has a last moment for a confirm only while it waits for one', () => {
    it.each(PAYMENT_STATUSES.filter(isWaiting))('%s has one', async (status) => {
      await expectRefused(() => insert(row(status, { expires_at: null })), 'qr_payments_waiting');
      const id = await insert(row(status));
      await expectRefused(() => update(id, { expires_at: null }), 'qr_payments_waiting');
      expect(await refusalOf(() => update(id, { expires_at: '2099-01-01T00:00:00Z' }))).toBeNull();
    });

    it.each(PAYMENT_STATUSES.filter((status) => !isWaiting(status)))('%s has none', async (status) => {
      await expectRefused(() => insert(row(status, { expires_at: PRICED_AT })), 'qr_payments_waiting');
    });
  });

  describe('is settled once', () => {
    it.each(SETTLED_STATUSES)('%s says by whom', async (status) => {
      await expectRefused(() => insert(row(status, { settled_by: null })), 'qr_payments_settled');
    });

    it.each(PAYMENT_STATUSES.filter((status) => !SETTLED_STATUSES.includes(status)))(
      '%s has no settledBy',
      async (status) => {
        await expectRefused(() => insert(row(status, { settled_by: 'KASPI' })), 'qr_payments_settled');
      },
    );

    it('by a known party', async () => {
      for (const settled_by of ['KASPI', 'OPERATOR', 'REFUND', 'REGISTRY', 'DEADLINE']) {
        expect(await refusalOf(() => insert(row('CONFIRMED', { settled_by })))).toBeNull();
      }
      await expectRefused(() => insert(row('CONFIRMED', { settled_by: 'NOBODY' })), 'qr_payments_settled_by_check');
    });

    it.each(SETTLED_STATUSES)('%s stays settled by whom it was', async (status) => {
      const id = await insert(row(status, { settled_by: 'OPERATOR' }));
      for (const settled_by of ['KASPI', 'REFUND', 'REGISTRY', null]) {
        await expectRefused(() => update(id, { settled_by }), SETTLED);
      }
    });
  });

  describe('with a contradiction of the PS', () => {
    const contradiction = { contradicted_by: 'RISK_REJECT', contradicted_at: PRICED_AT };

    it.each(SETTLED_STATUSES)('and %s keeps the first contradiction (R36)', async (status) => {
      const id = await insert(row(status));
      await update(id, contradiction);
      for (const [column, value] of [
        ['contradicted_by', 'PROCESS_FAIL'],
        ['contradicted_by', null],
        ['contradicted_at', '2026-03-10T06:11:00Z'],
        ['contradicted_at', null],
      ] as const) {
        await expectRefused(() => update(id, { [column]: value }), SETTLED);
      }
      await expectRefused(() => update(id, { contradicted_by: null, contradicted_at: null }), SETTLED);
      expect(await refusalOf(() => update(id, { ...contradiction, version: 9 }))).toBeNull();
    });
  });

  it('has a contradiction with code and time, and only after it is settled (R36)', async () => {
    const contradiction = { contradicted_by: 'RISK_REJECT', contradicted_at: PRICED_AT };
    for (const missing of ['contradicted_by', 'contradicted_at']) {
      const half = { ...contradiction, [missing]: null };
      await expectRefused(() => insert(row('CONFIRMED', half)), 'qr_payments_contradiction');
    }
    for (const status of PAYMENT_STATUSES.filter((one) => !SETTLED_STATUSES.includes(one))) {
      await expectRefused(() => insert(row(status, contradiction)), 'qr_payments_contradiction');
    }
  });

  it('cannot return to an older version, nor from IN_DOUBT to PROCESSING', async () => {
    const id = await insert(row('IN_DOUBT', { version: 5 }));
    await expectRefused(() => update(id, { version: 4 }), SETTLED);
    await expectRefused(() => update(id, { status: 'PROCESSING', version: 6 }), SETTLED);
  });

  it.each(['Static', 'Custom'] as const)('of a %s QR is of whole tenge: the PS is told it (R3)', async (type) => {
    const of = (amount: number) => rowOfType(type, 'PROCESSING', { amount });
    await expectRefused(() => insert(of(15_050)), 'qr_payments_whole_tenge');
    expect(await refusalOf(() => insert(of(15_000)))).toBeNull();
    expect(await refusalOf(() => insert(rowOfType('Dynamic', 'PROCESSING', { amount: 15_050 })))).toBeNull();
  });

  describe('of a service', () => {
    const custom = (status: PaymentStatus, columns: Columns = {}) =>
      rowOfType('Custom', status, { ...(status !== 'AWAITING_CHECKOUT' && { amount: 10_000 }), ...columns });

    it('has a form; other payments have none', async () => {
      await expectRefused(() => insert(custom('AWAITING_CHECKOUT', { service: null })), 'qr_payments_form');
      const service = JSON.stringify(PARKING);
      await expectRefused(() => insert(row('AWAITING_CONFIRMATION', { service })), 'qr_payments_form');
      await expectRefused(() => insert(row('AWAITING_AMOUNT', { service })), 'qr_payments_form');
    });

    it('has a price before it awaits a confirm', async () => {
      await expectRefused(() => insert(custom('AWAITING_CONFIRMATION', { amount: null })), 'qr_payments_priced');
      await expectRefused(() => insert(row('AWAITING_CONFIRMATION', { amount: null })), 'qr_payments_priced');
      const id = await insert(custom('AWAITING_CHECKOUT'));
      await expectRefused(() => update(id, { status: 'AWAITING_CONFIRMATION' }), 'qr_payments_priced');
    });

    it('has no price before its values are frozen: no debit for a form that was never sent (R37)', async () => {
      for (const status of ['AWAITING_CONFIRMATION', 'PROCESSING', 'CONFIRMED'] as const) {
        await expectRefused(() => insert(custom(status, { form_values: null })), 'qr_payments_filled_in');
      }
    });

    it('may get another form until its values are frozen', async () => {
      const id = await insert(custom('AWAITING_CHECKOUT'));
      const service = JSON.stringify({ ...PARKING, name: 'Мойка' });
      expect(await refusalOf(() => update(id, { service }))).toBeNull();
      expect(await refusalOf(() => update(id, { service, form_values: VALUES }))).toBeNull();
    });

    it.each(['AWAITING_CHECKOUT', 'AWAITING_CONFIRMATION', 'PROCESSING', 'CONFIRMED', 'CANCELLED', 'EXPIRED'] as const)(
      'that is %s cannot change its frozen values or their form (R37)',
      async (status) => {
        const id = await insert(custom(status, { form_values: VALUES }));
        for (const change of [
          { form_values: JSON.stringify([{ id: 3932, value: '001AAA01' }]) },
          { form_values: '[]' },
          { form_values: null },
          { service: JSON.stringify({ ...PARKING, id: 1 }) },
        ]) {
          await expectRefused(() => update(id, change), SETTLED);
        }
        expect(await refusalOf(() => update(id, { form_values: VALUES, version: 9 }))).toBeNull();
      },
    );
  });

  it.each(DEBITED)('cannot be %s without a debit, an account, an amount and a result for the PS', async (status) => {
    const nobodyAsked = { debit_requested_at: null, debited_at: null };
    await expectRefused(() => insert(row(status, nobodyAsked)), /qr_payments_(debited|reversing)/);
    for (const missing of ['account_id', 'amount', 'notify_result'])
      await expectRefused(() => insert(row(status, { [missing]: null })), 'qr_payments_debited');
  });

  it.each(PAYMENT_STATUSES.filter((status) => !DEBITED.includes(status) && status !== 'DEBITING'))(
    'cannot be %s and debited',
    async (status) => {
      await expectRefused(() => insert(row(status, { debited_at: DEBITED_AT })), 'qr_payments_undebited');
    },
  );

  it.each([
    ['an amount of zero', { amount: 0 }, 'qr_payments_amount_check'],
    ['a negative amount', { amount: -1 }, 'qr_payments_amount_check'],
    ['more refunded than paid', { refunded_amount: 10_001 }, 'qr_payments_check'],
    ['a negative refunded amount', { refunded_amount: -1 }, /qr_payments_(refunded_amount_)?check/],
    ['an unknown status', { status: 'PAID' }, /qr_payments_status_check/],
    ['an unknown QR type', { qr_code_type: 'Paper' }, 'qr_payments_qr_code_type_check'],
    ['no customer', { customer_id: '' }, 'qr_payments_customer_id_check'],
    ['no purchase', { kaspi_payment_id: '' }, 'qr_payments_kaspi_payment_id_check'],
  ])('cannot have %s', async (_, columns, says) => {
    await expectRefused(() => insert(row('AWAITING_CONFIRMATION', columns)), says);
  });

  it.each([
    ['deleted', 'delete from qr_payments where id = $1', true],
    ['deleted with all others', 'delete from qr_payments', false],
    ['removed by truncating the table', 'truncate qr_payments cascade', false],
  ])('cannot be %s', async (_, sql, named) => {
    const id = await insert(row('AWAITING_CONFIRMATION'));
    await expectRefused(() => owner.query(sql, named ? [id] : []), /refused: the table is append-only/);
  });
});
