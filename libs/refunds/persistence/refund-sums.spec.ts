import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Money, type PaymentId } from '@mpp/kernel';
import { PAYMENT_STATUSES } from '@mpp/qr-payments';
import type pg from 'pg';
import { another, paymentThatIs, rowOf } from '../../../test/support/payments.js';
import { refundRows } from '../../../test/support/refund-rows.js';
import { until } from '../../../test/support/until.js';

const SUM = 'refunds_agree_with_payment';

const rows = refundRows();
const { observe, query, connect, paid, rowFor, refusedRow, insert, raise, accepted, expectRefused, expectTaken } = rows;
beforeAll(() => rows.start());
afterAll(() => rows.stop());

describe('the database keeps a payment and its refunds equal', () => {
  it('at the commit, written in any order', async () => {
    const bought = await paid();
    await expectTaken(async () => {
      await raise(bought, 3000);
      await insert(rowFor(bought, 3000));
    });
    await expectTaken(async () => {
      await insert(rowFor(bought, 3000));
      await insert(rowFor(bought, 7000));
      await raise(bought, 10_000);
    });
  });

  it('so it refuses a refund without its payment, and a payment without its refund', async () => {
    const bought = await paid();
    await expectRefused(() => insert(rowFor(bought, 3000)), SUM);
    await expectRefused(() => raise(bought, 3000), SUM);
  });

  it.each([
    [3000, 2999],
    [3000, 3001],
  ])('to the tiyn: %i is not %i', async (row, payment) => {
    const bought = await paid();
    await expectRefused(async () => {
      await insert(rowFor(bought, row));
      await raise(bought, payment);
    }, SUM);
  });

  it('so a refund of one payment cannot count for another', async () => {
    const [one, other] = [await paid(), await paid()];
    await expectRefused(async () => {
      await insert(rowFor(one, 3000));
      await raise(other, 3000);
    }, SUM);
  });

  it('and refuses a refund of no payment', async () => {
    const bought = await paid();
    const unknown = { ...bought, payment: { ...bought.payment, id: randomUUID() as PaymentId } };
    await expectRefused(() => insert(rowFor(unknown, 3000)), SUM);
  });

  it('not counting refused refunds', async () => {
    const { payment } = await paid();
    await expectTaken(() => insert(refusedRow({ payment_id: payment.id, amount: 3000 })));
  });

  it('also for two refunds at the same time that exceed the payment: the second waits and is refused', async () => {
    const bought = await paid();
    const other = await connect();
    try {
      const { rows } = await other.query<{ pid: number }>('select pg_backend_pid() as pid');
      await query('begin');
      await insert(rowFor(bought, 6000));
      await raise(bought, 6000);
      await other.query('begin');
      await insert(rowFor(bought, 6000), other);
      const second = raise(bought, 6000, other).then(
        () => 'taken',
        (error: pg.DatabaseError) => error.constraint,
      );
      await until(
        'the second transaction to wait for the first',
        () => observe('select wait_event_type from pg_stat_activity where pid = $1', [rows[0]?.pid]),
        ([activity]) => activity?.wait_event_type === 'Lock',
      );
      await query('commit');
      expect(await second).toBe('refunds_within_payment');
    } finally {
      await other.end();
    }
  });

  it('from the insert: a new payment has no refunded amount', async () => {
    const payment = another(paymentThatIs('CONFIRMED'), { refundedAmount: Money.parse('30.00') });
    await expectRefused(async () => {
      const columns = rowOf(payment);
      const names = Object.keys(columns);
      await query(
        `insert into qr_payments (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
        Object.values(columns),
      );
    }, SUM);
  });
});

describe('the refunded amount of a payment', () => {
  it('is never above the payment', async () => {
    const bought = await paid();
    await expectRefused(async () => {
      await insert(rowFor(bought, 10_001));
      await raise(bought, 10_001);
    }, 'refunds_within_payment');
    await accepted(bought, 6000);
    await expectRefused(async () => {
      await insert(rowFor(bought, 4001));
      await raise(bought, 4001);
    }, 'refunds_within_payment');
  });

  it('never decreases', async () => {
    const bought = await paid();
    await accepted(bought, 6000);
    for (const less of [-1, -6000])
      await expectRefused(() => raise(bought, less), /the refunded amount cannot decrease/);
  });

  it.each(PAYMENT_STATUSES.filter((status) => paymentThatIs(status).debitedAt === null))(
    'is zero if the payment is %s and was never debited',
    async (status) => {
      const bought = await paid(status);
      await expectRefused(async () => {
        await insert(rowFor(bought, 1));
        await raise(bought, 1);
      }, 'refunds_within_payment');
    },
  );

  it.each(PAYMENT_STATUSES.filter((status) => paymentThatIs(status).debitedAt !== null))(
    'may be the whole amount if the payment is debited and %s',
    async (status) => {
      const bought = await paid(status);
      await expectTaken(async () => {
        await insert(rowFor(bought, 10_000));
        await raise(bought, 10_000);
      });
    },
  );
});
