import { describe, expect, it } from '@jest/globals';
import { NOTIFY_RESULTS, type NotifyResult } from '@mpp/kernel';
import pg from 'pg';
import { PRICED_AT, paymentRowsFixture, row } from '../../../test/support/payment-rows.js';
import { FILLED_IN } from '../../../test/support/payments.js';
import { isFinal, PAYMENT_STATUSES, PAYMENT_TRANSITIONS, type PaymentStatus } from '../domain/transitions.js';

const SETTLED_STATUSES: readonly PaymentStatus[] = ['CONFIRMED', 'REVERSING', 'REVERSED'];
const FINAL = PAYMENT_STATUSES.filter(isFinal);
/** The results for the PS that are allowed in each status; null: none. */
const ALLOWED_RESULTS: Readonly<Partial<Record<PaymentStatus, readonly (NotifyResult | null)[]>>> = {
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

/** The rules that the database enforces, even for the owner of the tables. */
describe('a payment in the database', () => {
  const { fixture, insert, expectRefused, update, SETTLED, refusalOf } = paymentRowsFixture();

  describe('once the result for the PS is decided,', () => {
    const PAYMENTS: readonly [string, PaymentStatus][] = [
      ['SUCCESS', 'PROCESSING'],
      ['SUCCESS', 'CONFIRMED'],
      ['PROCESS_FAIL', 'DECLINED'],
      ['RISK_REJECT', 'DECLINED'],
      ['CANCELLED_BY_CLIENT', 'CANCELLED'],
    ];
    it.each(
      PAYMENTS.flatMap(([expected, status]) =>
        [...NOTIFY_RESULTS.filter((result) => result !== expected), null].map(
          (result) => [expected, status, result] as const,
        ),
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
        const accepted = await Promise.all(
          [null, ...NOTIFY_RESULTS].map(async (notify_result) => {
            const client = await fixture.database.connect();
            try {
              await client.query('begin');
              await insert(row(status, { notify_result }), client);
              return [notify_result];
            } catch (error) {
              expect((error as pg.DatabaseError).constraint).toMatch(/^qr_payments_(status_result|debited)$/);
              return [];
            } finally {
              await client.end();
            }
          }),
        );
        expect(accepted.flat()).toEqual(ALLOWED_RESULTS[status]);
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
      await expectRefused(() => fixture.owner.query(again, [id, next]), SETTLED);
    });
  });

  it.each(
    PAYMENT_STATUSES.flatMap((from) => Object.values(PAYMENT_TRANSITIONS[from]).map((to) => [from, to] as const)),
  )('goes every way that the domain knows: from %s to %s', async (from, to) => {
    const [is, { amount, ...becomes }] = [row(from), row(to)];
    const id = await insert(is);
    // The request of a debit stays unless the core refused; its account stays in any case.
    const requested =
      is.debit_requested_at === null ? [] : ['account_id', ...(to === 'DECLINED' ? [] : ['debit_requested_at'])];
    const unchanged = ['id', 'kaspi_payment_id', 'qr_code_type', 'service', ...requested];
    const changes = Object.entries(becomes).filter(([name]) => !unchanged.includes(name));
    const filledIn = is.qr_code_type === 'Custom' ? { form_values: JSON.stringify(FILLED_IN) } : {};
    const change = { ...Object.fromEntries(changes), amount: is.amount ?? amount, version: 9, ...filledIn };
    expect(await refusalOf(() => update(id, change))).toBeNull();
  });

  describe('is settled once', () => {
    it.each(SETTLED_STATUSES)('%s names what settled it', async (status) => {
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
      await expectRefused(() => insert(row('CONFIRMED', { settled_by: 'UNKNOWN' })), 'qr_payments_settled_by_check');
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

  it('has a contradiction with code and time, and only after it is settled or closed with a result (R36)', async () => {
    const contradiction = { contradicted_by: 'RISK_REJECT', contradicted_at: PRICED_AT };
    for (const missing of ['contradicted_by', 'contradicted_at']) {
      const half = { ...contradiction, [missing]: null };
      await expectRefused(() => insert(row('CONFIRMED', half)), 'qr_payments_contradiction');
    }
    const closed: readonly PaymentStatus[] = ['DECLINED', 'CANCELLED'];
    for (const status of closed) expect(await refusalOf(() => insert(row(status, contradiction)))).toBeNull();
    for (const status of PAYMENT_STATUSES.filter((one) => !SETTLED_STATUSES.includes(one) && !closed.includes(one))) {
      await expectRefused(() => insert(row(status, contradiction)), 'qr_payments_contradiction');
    }
  });

  it('cannot return to an older version, nor from IN_DOUBT to PROCESSING', async () => {
    const id = await insert(row('IN_DOUBT', { version: 5 }));
    await expectRefused(() => update(id, { version: 4 }), SETTLED);
    await expectRefused(() => update(id, { status: 'PROCESSING', version: 6 }), SETTLED);
  });

  it.each([
    ['deleted', 'delete from qr_payments where id = $1', true],
    ['deleted with all others', 'delete from qr_payments', false],
    ['removed by truncating the table', 'truncate qr_payments cascade', false],
  ])('cannot be %s', async (_, sql, named) => {
    const id = await insert(row('AWAITING_CONFIRMATION'));
    await expectRefused(() => fixture.owner.query(sql, named ? [id] : []), /refused: the table is append-only/);
  });
});
