import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addMilliseconds, type CustomerId, type KaspiPaymentId, Money, type PaymentId } from '@mpp/kernel';
import { type Database, type Position, ReportDatabase } from '@mpp/platform';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import {
  ALIA,
  another,
  DEBITED_AT,
  databaseOf,
  insertRow,
  paymentThatIs,
  poolOf,
  rowOf,
  SCANNED_AT,
} from '../../../test/support/payments.js';
import type { Payment } from '../domain/payment.js';
import type { PaymentFilter } from '../domain/timeline.js';
import { PAYMENT_STATUSES } from '../domain/transitions.js';
import { countContradicted, findHistory, findPayment, searchPayments } from './payment-search.js';
import { PaymentsRepository } from './payments.repository.js';

const BEKZAT = '900900000002' as CustomerId;
const SHARED_PURCHASE = 'ps-shared' as KaspiPaymentId;
const at = (minutes: number) => addMilliseconds(SCANNED_AT, minutes * 60_000);

/** One payment of every status, a minute apart, and the difficult cases. */
const PAYMENTS: readonly Payment[] = [
  ...PAYMENT_STATUSES.map((status, minute) => another(paymentThatIs(status), { createdAt: at(minute) })),
  // At the same moment as another payment: the id decides the order.
  another(paymentThatIs('PROCESSING'), { createdAt: at(4) }),
  another(paymentThatIs('PROCESSING'), { createdAt: at(4) }),
  // Of one purchase, by two customers.
  { ...another(paymentThatIs('EXPIRED'), { createdAt: at(20) }), kaspiPaymentId: SHARED_PURCHASE },
  {
    ...another(paymentThatIs('CONFIRMED'), { createdAt: at(21), customerId: BEKZAT }),
    kaspiPaymentId: SHARED_PURCHASE,
  },
  // No longer in doubt.
  another(paymentThatIs('CONFIRMED'), {
    createdAt: at(22),
    customerId: BEKZAT,
    doubtedAt: at(21),
    settledBy: 'OPERATOR',
  }),
  another(paymentThatIs('IN_DOUBT'), { createdAt: at(23), customerId: BEKZAT }),
  // Contradicted after either end.
  another(paymentThatIs('REVERSED'), { createdAt: at(24), contradiction: { resultCode: 'SUCCESS', at: at(30) } }),
  another(paymentThatIs('CONFIRMED'), {
    createdAt: at(25),
    customerId: BEKZAT,
    settledBy: 'REFUND',
    contradiction: { resultCode: 'RISK_REJECT', at: at(31) },
  }),
  // All columns filled.
  another(paymentThatIs('CONFIRMED', { qrCodeType: 'Custom' }), {
    createdAt: at(26),
    formValues: [{ id: 3932, value: '547RBA02 «Ә»' }],
    refundedAmount: Money.parse('99.99'),
    merchant: { id: null, name: 'Кофейня', mcc: null },
    doubtedAt: at(27),
    updatedAt: at(28),
  }),
  another(paymentThatIs('AWAITING_AMOUNT'), { createdAt: at(27), merchant: null, confirmUntil: null }),
];

const newestFirst = (one: Payment, other: Payment) =>
  other.createdAt.getTime() - one.createdAt.getTime() || (other.id < one.id ? -1 : 1);
const SORTED = [...PAYMENTS].sort(newestFirst);

describe('the search for payments', () => {
  let test: TestDatabase;
  let database: Database;
  let reports: ReportDatabase;

  beforeAll(async () => {
    test = await createDatabase();
    database = await databaseOf(test);
    reports = await poolOf(ReportDatabase, test);
    // One payment has a refunded amount without a refund.
    await test.query('alter table qr_payments disable trigger refunds_sum_of_new_payment');
    for (const payment of PAYMENTS) await insertRow(test, rowOf(payment));
    await test.query(
      `insert into qr_payment_reversals (payment_id, customer_id, amount, account_id, credit_by, created_at)
       select id, customer_id, amount, account_id, now(), now() from qr_payments where status = 'REVERSING'`,
    );
  });

  afterAll(() => test.drop());

  const search = (filter: PaymentFilter, limit = 200, after: Position | null = null) =>
    searchPayments(reports, filter, limit, after);

  it('without a filter finds all payments, newest first', async () => {
    expect(await search({})).toEqual(SORTED);
  });

  const filters: readonly [string, PaymentFilter, (payment: Payment) => boolean, number][] = [
    ...PAYMENT_STATUSES.map((status): [string, PaymentFilter, (payment: Payment) => boolean, number] => [
      `that are ${status}`,
      { status },
      (payment) => payment.status === status,
      { CONFIRMED: 5, PROCESSING: 3, IN_DOUBT: 2, EXPIRED: 2, REVERSED: 2, AWAITING_AMOUNT: 2 }[status as string] ?? 1,
    ]),
    ['of a customer', { customerId: BEKZAT }, ({ customerId }) => customerId === BEKZAT, 4],
    [
      'of a purchase',
      { kaspiPaymentId: SHARED_PURCHASE },
      ({ kaspiPaymentId }) => kaspiPaymentId === SHARED_PURCHASE,
      2,
    ],
    ['from a moment on', { from: at(4) }, ({ createdAt }) => createdAt >= at(4), 18],
    ['up to a moment', { to: at(4) }, ({ createdAt }) => createdAt < at(4), 4],
    ['at a moment', { from: at(4), to: addMilliseconds(at(4), 1) }, ({ createdAt }) => +createdAt === +at(4), 3],
    ['of an empty period', { from: at(4), to: at(4) }, () => false, 0],
    ['that the PS contradicted', { contradicted: true }, ({ contradiction }) => contradiction !== null, 2],
    ['contradicted or not', { contradicted: false }, () => true, 22],
    [
      'by all filters at once',
      { status: 'CONFIRMED', customerId: BEKZAT, kaspiPaymentId: SHARED_PURCHASE, from: at(21), to: at(22) },
      ({ status, customerId, createdAt }) => status === 'CONFIRMED' && customerId === BEKZAT && +createdAt === +at(21),
      1,
    ],
    [
      'by filters that no payment fulfils together',
      { status: 'IN_DOUBT', customerId: BEKZAT, to: at(23) },
      () => false,
      0,
    ],
    ['of an unknown customer', { customerId: "' or true --" }, () => false, 0],
  ];

  it.each(filters)('finds those %s', async (_, filter, matches, count) => {
    const expected = SORTED.filter(matches);
    expect(expected).toHaveLength(count);
    expect(await search(filter)).toEqual(expected);
  });

  it.each([1, 2, 3, 7])(
    'returns each payment on one page, also payments of the same moment: pages of %i',
    async (size) => {
      for (const filter of [{}, { status: 'PROCESSING' }, { customerId: ALIA }] as const) {
        const found: Payment[] = [];
        for (;;) {
          const last = found.at(-1);
          const page = await search(filter, size, last === undefined ? null : { at: last.createdAt, id: last.id });
          expect(page.length).toBeLessThanOrEqual(size);
          found.push(...page);
          if (page.length < size) break;
        }
        expect(found).toEqual(await search(filter));
      }
    },
  );

  it('continues after the last row, even if new payments were scanned', async () => {
    const [first] = await search({ customerId: ALIA }, 1);
    if (first === undefined) throw new Error('nothing was found');
    const before = await search({ customerId: ALIA }, 5, { at: first.createdAt, id: first.id });
    const late = another(paymentThatIs('CONFIRMED'), { createdAt: at(99) });
    await insertRow(test, rowOf(late));
    expect(await search({ customerId: ALIA }, 5, { at: first.createdAt, id: first.id })).toEqual(before);
    expect((await search({}, 1))[0]?.id).toBe(late.id);
  });

  it('of the app finds the customer’s own payments, page by page', async () => {
    const repository = new PaymentsRepository(database);
    const own = SORTED.filter(({ customerId }) => customerId === BEKZAT);
    const first = await repository.listPayments(BEKZAT, 3, null);
    const last = first.at(-1);
    if (last === undefined) throw new Error('nothing was found');
    const rest = await repository.listPayments(BEKZAT, 3, { at: last.createdAt, id: last.id });
    expect([first.length, rest.length]).toEqual([3, 1]);
    expect([...first, ...rest]).toEqual(own);
  });

  it('finds the payment of any customer by its id, and null for an unknown id', async () => {
    const [one] = PAYMENTS;
    if (one === undefined) throw new Error('there is none');
    expect(await findPayment(database, one.id)).toEqual(one);
    expect(await findPayment(database, '019a0000-0000-7000-8000-00000000dead' as PaymentId)).toBeNull();
  });

  it('counts the contradicted payments', async () => {
    expect(await countContradicted(database)).toBe(2);
  });

  it('finds every status of a payment, oldest first', async () => {
    const [one, other] = PAYMENTS;
    const lines: readonly [Payment | undefined, number, string, string | null, Date][] = [
      [one, 2, 'REVERSED', 'RISK_REJECT', at(2)],
      [one, 0, 'AWAITING_CONFIRMATION', null, at(0)],
      [other, 0, 'AWAITING_AMOUNT', null, at(0)],
      // At the same moment as the one before, and in a later month.
      [one, 1, 'PROCESSING', null, at(2)],
      [one, 3, 'REVERSED', null, new Date('2027-01-01T00:00:00Z')],
    ];
    for (const [payment, ...line] of lines) {
      await test.query('insert into qr_payment_history values ($1, $2, $3, $4, $5)', [payment?.id, ...line]);
    }
    expect(await findHistory(database, one?.id as PaymentId)).toEqual([
      { version: 0, status: 'AWAITING_CONFIRMATION', reason: null, at: at(0) },
      { version: 1, status: 'PROCESSING', reason: null, at: at(2) },
      { version: 2, status: 'REVERSED', reason: 'RISK_REJECT', at: at(2) },
      { version: 3, status: 'REVERSED', reason: null, at: new Date('2027-01-01T00:00:00Z') },
    ]);
  });

  it('reads every property of a payment, times to the millisecond', async () => {
    const found = await findPayment(database, PAYMENTS[4]?.id as PaymentId);
    expect(found?.debitedAt).toEqual(DEBITED_AT);
    expect(found?.amount).toEqual(Money.parse('100.00'));
  });
});
