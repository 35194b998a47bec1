import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { addMilliseconds, type PaymentId } from '@mpp/kernel';
import type { Database } from '@mpp/platform';
import type pg from 'pg';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import {
  another,
  DEADLINE,
  databaseOf,
  insertRow,
  paymentThatIs,
  rowOf,
  scanned,
} from '../../../test/support/payments.js';
import { expired, isPastExpiry } from '../domain/confirm.js';
import type { Payment } from '../domain/payment.js';
import { isWaiting, PAYMENT_STATUSES } from '../domain/transitions.js';
import { PaymentsRepository } from './payments.repository.js';

const NOW = DEADLINE;
const ago = (milliseconds: number) => addMilliseconds(NOW, -milliseconds);
const ALL = 1000;

/** Payments without a confirm are expired by the database, many in one statement. */
describe('the statement that expires', () => {
  let database: TestDatabase;
  let connected: Database;
  let payments: PaymentsRepository;
  let other: pg.Client;

  beforeAll(async () => {
    database = await createDatabase();
    connected = await databaseOf(database);
    payments = new PaymentsRepository(connected);
    other = await database.connect();
  });

  beforeEach(async () => {
    await other.query('begin');
  });

  afterEach(async () => {
    await other.query('rollback');
    await payments.expirePayments(connected, addMilliseconds(NOW, 1_000_000), ALL);
  });

  afterAll(async () => {
    await other.end();
    await database.drop();
  });

  async function keep(payment: Payment): Promise<Payment> {
    const kept = another(payment);
    await insertRow(database, rowOf(kept));
    return kept;
  }

  const overSince = (milliseconds: number, payment = scanned()) => keep({ ...payment, expiresAt: ago(milliseconds) });
  const expire = (limit = ALL) => payments.expirePayments(connected, NOW, limit);
  const idsOf = (those: readonly Payment[]) => those.map(({ id }) => id);
  const read = async ({ id, customerId }: Payment) => payments.findPayment(customerId, id);
  const history = ({ id }: Payment) =>
    database.query('select version, status, reason, at from qr_payment_history where payment_id = $1', [id]);

  it.each(PAYMENT_STATUSES.filter(isWaiting))(
    'expires a payment that is %s as a late confirm would',
    async (status) => {
      const payment = await overSince(1, paymentThatIs(status, { version: 3 }));
      expect(await expire()).toEqual([payment.id]);
      expect(await read(payment)).toEqual(expired(payment, NOW));
      expect(await history(payment)).toEqual([
        { version: 4, status: 'EXPIRED', reason: 'CONFIRMED_TOO_LATE', at: NOW },
      ]);
      expect(await database.query('select 1 from outbox_messages')).toEqual([]);
    },
  );

  it.each([
    ['a millisecond ago', 1],
    ['at this moment', 0],
    ['in a millisecond', -1],
  ])('agrees with the rules of a confirm about a payment whose time ends %s', async (_, milliseconds) => {
    const payment = await overSince(milliseconds);
    expect(await expire()).toEqual(isPastExpiry(payment, NOW) ? [payment.id] : []);
    expect((await read(payment))?.status).toBe(isPastExpiry(payment, NOW) ? 'EXPIRED' : 'AWAITING_CONFIRMATION');
  });

  it.each(PAYMENT_STATUSES.filter((status) => !isWaiting(status)))(
    'does not change a payment that is %s',
    async (status) => {
      const payment = await keep(paymentThatIs(status, { confirmUntil: ago(1_000_000) }));
      expect(await expire()).toEqual([]);
      expect(await read(payment)).toEqual(payment);
    },
  );

  it('keeps the frozen values and the price of a service', async () => {
    const formValues = [{ id: 3932, value: '547RBA02' }];
    const payment = await overSince(1, paymentThatIs('AWAITING_CONFIRMATION', { qrCodeType: 'Custom', formValues }));
    await expire();
    expect(await read(payment)).toEqual(expired(payment, NOW));
  });

  it('expires at most the given number, the longest overdue first', async () => {
    const [third, first, fifth, second, fourth] = [
      await overSince(30),
      await overSince(50),
      await overSince(10),
      await overSince(40),
      await overSince(20),
    ];
    await overSince(-1);
    const batches = [await expire(2), await expire(2), await expire(2), await expire(2)];
    expect(batches.map((batch) => [...batch].sort())).toEqual([
      idsOf([first, second]).sort(),
      idsOf([third, fourth]).sort(),
      idsOf([fifth]),
      [],
    ]);
  });

  it('skips a locked payment without waiting, and expires another instead', async () => {
    const [held, second, third] = [await overSince(30), await overSince(20), await overSince(10)];
    await other.query('select 1 from qr_payments where id = $1 for update', [held.id]);
    expect((await expire(2)).sort()).toEqual(idsOf([second, third]).sort());
    expect(await expire(2)).toEqual([]);
    await other.query('rollback');
    expect(await expire(2)).toEqual([held.id]);
  });

  it.each([
    ['is prolonged by another scan', "expires_at = expires_at + interval '1 hour', version = version + 1"],
    [
      'is cancelled',
      "status = 'CANCELLED', notify_result = 'CANCELLED_BY_CLIENT', expires_at = null, version = version + 1",
    ],
  ])('does not expire a payment that %s at this moment, nor afterwards', async (_, change) => {
    const payment = await overSince(1);
    await other.query(`update qr_payments set ${change} where id = $1`, [payment.id]);
    expect(await expire()).toEqual([]);
    await other.query('commit');
    expect(await expire()).toEqual([]);
    expect(await read(payment)).toMatchObject({ version: payment.version + 1, failure: null });
    expect(await history(payment)).toEqual([]);
  });

  it('run by two processes at once expires each payment once', async () => {
    const all = await Promise.all([5, 4, 3, 2, 1].map((milliseconds) => overSince(milliseconds)));
    const { rows } = await other.query<{ id: PaymentId }>('select qr_payments_expire($1, 3) as id', [NOW]);
    const theirs = rows.map(({ id }) => id);
    const ours = await expire();
    expect([theirs.length, ours.length]).toEqual([3, 2]);
    await other.query('commit');
    expect([...theirs, ...ours].sort()).toEqual(idsOf(all).sort());
    expect(await expire()).toEqual([]);
    for (const payment of all) expect(await history(payment)).toHaveLength(1);
  });

  it('finds due payments by a small index among many final ones', async () => {
    await database.query(
      `insert into qr_payments (id, kaspi_payment_id, customer_id, qr_code_type, status, amount, answered_at, created_at,
         updated_at, failure_code)
       select gen_random_uuid(), 'ps-ended-' || n, 'many', 'Dynamic', 'EXPIRED', 100, $1, $1, $1, 'CONFIRMED_TOO_LATE'
       from generate_series(1, 5000) n`,
      [NOW],
    );
    const due = await overSince(1);
    await database.query('analyze qr_payments');
    const plans: string[] = [];
    other.on('notice', ({ message }) => plans.push(message ?? ''));
    await other.query("load 'auto_explain'");
    await other.query('set local auto_explain.log_min_duration = 0');
    await other.query('set local auto_explain.log_nested_statements = on');
    await other.query("set local auto_explain.log_level = 'notice'");
    await other.query('select qr_payments_expire($1, 500)', [NOW]);
    const plan = plans.find((text) => text.includes('for update skip locked'));
    expect(plan).toMatch(/Index Scan using qr_payments_expiring on qr_payments/);
    expect(plan).not.toMatch(/Seq Scan on qr_payments/);
    await other.query('rollback');
    expect(await expire()).toEqual([due.id]);
  });
});
