import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { PRICED_AT, paymentRowsFixture, row } from '../../../test/support/payment-rows.js';
import { ACCOUNT, DEBITED_AT } from '../../../test/support/payments.js';
import { until } from '../../../test/support/until.js';
import { PAYMENT_STATUSES, type PaymentStatus } from '../domain/transitions.js';

const BEKZAT = '900900000002';
const DEBITED: readonly PaymentStatus[] = ['PROCESSING', 'IN_DOUBT', 'REVERSING', 'CONFIRMED', 'REVERSED'];

/** The rules that the database enforces, even for the owner of the tables. */
describe('a payment in the database', () => {
  const { fixture, insert, expectRefused, update, refusalOf, SETTLED } = paymentRowsFixture();

  const DEBIT = {
    status: 'PROCESSING',
    account_id: ACCOUNT,
    debited_at: DEBITED_AT,
    expires_at: null,
    notify_result: 'SUCCESS',
  };

  it('is also guarded from the owner of its table', async () => {
    const { rows } = await fixture.owner.query(
      "select tableowner = current_user as mine from pg_tables where tablename = 'qr_payments'",
    );
    expect(rows).toEqual([{ mine: true }]);
  });

  describe('of a purchase that is paid', () => {
    it.each(DEBITED)('and %s cannot be debited a second time, by whomever (R33)', async (status) => {
      const kaspi_payment_id = `ps-${status}`;
      await insert(row(status, { kaspi_payment_id }));
      const second = await insert(row('AWAITING_CONFIRMATION', { kaspi_payment_id, customer_id: BEKZAT }));
      await expectRefused(() => update(second, DEBIT), 'qr_payments_one_result');
      await expectRefused(
        () => insert(row('CONFIRMED', { kaspi_payment_id, customer_id: 'third' })),
        'qr_payments_one_result',
      );
    });

    it('is one per customer (R33)', async () => {
      const kaspi_payment_id = 'ps-same';
      await insert(row('AWAITING_CONFIRMATION', { kaspi_payment_id }));
      const again = row('AWAITING_CONFIRMATION', { kaspi_payment_id });
      await expectRefused(() => insert(again), 'qr_payments_of_purchase');
    });

    it.each([
      ['DECLINED', 'PROCESS_FAIL'],
      ['CANCELLED', 'CANCELLED_BY_CLIENT'],
      ['EXPIRED', 'CANCELLED_BY_CLIENT'],
    ] as const)('cannot be debited after the result of a payment that is %s: %s (R38)', async (status, result) => {
      const kaspi_payment_id = `ps-closed-${status}`;
      await insert(row(status, { kaspi_payment_id, notify_result: result }));
      const second = await insert(row('AWAITING_CONFIRMATION', { kaspi_payment_id, customer_id: BEKZAT }));
      await expectRefused(() => update(second, DEBIT), 'qr_payments_one_result');
    });

    it('may be another customer’s if this one has no result', async () => {
      const kaspi_payment_id = 'ps-left';
      await insert(row('CANCELLED', { kaspi_payment_id, notify_result: null }));
      await insert(row('EXPIRED', { kaspi_payment_id, customer_id: 'late' }));
      const second = await insert(row('AWAITING_CONFIRMATION', { kaspi_payment_id, customer_id: BEKZAT }));
      expect(await refusalOf(() => update(second, DEBIT))).toBeNull();
    });

    it.each([
      ['commit', 'qr_payments_one_result'],
      ['rollback', 'debited'],
    ])(
      'by two at the same moment: the second waits for the first, and after its %s gets: %s',
      async (end, expected) => {
        const kaspi_payment_id = `ps-race-${end}`;
        const first = await insert(row('AWAITING_CONFIRMATION', { kaspi_payment_id }));
        const second = await insert(row('AWAITING_CONFIRMATION', { kaspi_payment_id, customer_id: BEKZAT }));
        const { rows } = await fixture.other.query<{ pid: number }>('select pg_backend_pid() as pid');
        await fixture.owner.query('begin');
        await update(first, DEBIT);
        const waiting = update(second, DEBIT, fixture.other).then(
          () => 'debited',
          (error: pg.DatabaseError) => error.constraint,
        );
        await until(
          'the second waits for the first',
          () => fixture.database.query('select wait_event_type from pg_stat_activity where pid = $1', [rows[0]?.pid]),
          ([activity]) => activity?.wait_event_type === 'Lock',
        );
        await fixture.owner.query(end);
        expect(await waiting).toBe(expected);
      },
    );
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
    await expectRefused(() => update(id, waits), /qr_payments_(status_result|undebited)/);
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
});
