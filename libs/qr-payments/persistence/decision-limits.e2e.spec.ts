import { describe, expect, it } from '@jest/globals';
import { addMilliseconds, Money } from '@mpp/kernel';
import { type Customer, decisionFixture } from '../../../test/support/decision-fixture.js';
import { ALIA, another, insertRow, paymentThatIs, rowOf } from '../../../test/support/payments.js';
import { until } from '../../../test/support/until.js';
import type { Payment } from '../domain/payment.js';
import type { DailyLimits } from './decision.statement.js';

const TODAY = new Date('2026-03-09T19:00:00Z');

/** The statement that moves money, against every change since the payment was read. */
describe('the statement that writes a decision', () => {
  const { fixture, customer, scan, violation, debit, traces, ALL_TRACES, NO_TRACES, balance } = decisionFixture();

  describe('that debits within limits of the day', () => {
    const limits = (given: { sum?: string; count?: number }): DailyLimits => ({
      dayBegins: TODAY,
      sum: given.sum === undefined ? null : Money.parse(given.sum).tiyn,
      count: given.count ?? null,
    });

    it.each([
      ['a sum that is reached', { sum: '200.00' }, null],
      ['a sum that is exceeded by a tiyn', { sum: '199.99' }, 'qr_payments_daily_limit'],
      ['a number that is reached', { count: 2 }, null],
      ['a number that is exceeded', { count: 1 }, 'qr_payments_daily_limit'],
      ['both, the sum exceeded', { sum: '199.99', count: 2 }, 'qr_payments_daily_limit'],
      ['both, the number exceeded', { sum: '200.00', count: 1 }, 'qr_payments_daily_limit'],
    ])('checks %s: %j', async (_, given, expected) => {
      const alia = await customer();
      const [first, second] = [await scan(alia), await scan(alia)];
      expect(await violation(debit(first, alia, limits(given)))).toBeNull();
      expect(await violation(debit(second, alia, limits(given)))).toBe(expected);
      expect(await traces(second)).toEqual(expected === null ? ALL_TRACES : NO_TRACES);
      expect(await balance(alia)).toBe(expected === null ? '800.00' : '900.00');
    });

    it('counts the debits of this customer since the day began that were not reversed', async () => {
      const alia = await customer();
      const earlier = (changes: Partial<Payment>, status: 'CONFIRMED' | 'REVERSED' = 'CONFIRMED') =>
        insertRow(fixture.database, rowOf(another(paymentThatIs(status), { customerId: alia.id, ...changes })));
      await earlier({ debitedAt: addMilliseconds(TODAY, -1) });
      await earlier({ debitedAt: TODAY }, 'REVERSED');
      await earlier({ debitedAt: TODAY, customerId: ALIA });
      await earlier({ debitedAt: TODAY });
      expect(await violation(debit(await scan(alia), alia, limits({ count: 1 })))).toBe('qr_payments_daily_limit');
      expect(await violation(debit(await scan(alia), alia, limits({ count: 2, sum: '200.00' })))).toBeNull();
    });

    /** Concurrent debits of the customer have written their payment and wait to count the debits. */
    async function atTheGate<T>(of: Customer, waiting: number, begin: () => Promise<T>): Promise<T> {
      const gate = await fixture.database.connect();
      try {
        await gate.query('select pg_advisory_lock(65100119, hashtext($1))', [of.id]);
        const under = begin();
        await until(
          `${waiting} wait for the customer’s other debits`,
          () =>
            fixture.database.query(
              `select 1 from pg_locks l join pg_stat_activity a using (pid)
               where l.locktype = 'advisory' and not l.granted and a.datname = current_database()`,
            ),
          (locks) => locks.length === waiting,
        );
        await gate.query('select pg_advisory_unlock_all()');
        return await under;
      } finally {
        await gate.end();
      }
    }

    it.each([
      ['the sum allows one', { sum: '150.00' }, [null, 'qr_payments_daily_limit']],
      ['the number allows one', { count: 1 }, [null, 'qr_payments_daily_limit']],
      ['the sum allows both', { sum: '200.00' }, [null, null]],
    ])('writes two at once one after the other: %s', async (_, given, expected) => {
      const alia = await customer();
      const [one, two] = [await scan(alia), await scan(alia)];
      const outcomes = await atTheGate(alia, 2, () =>
        Promise.all([one, two].map((payment) => violation(debit(payment, alia, limits(given))))),
      );
      expect([...outcomes].sort((left) => (left === null ? -1 : 1))).toEqual(expected);
      const passed = outcomes.filter((outcome) => outcome === null).length;
      expect(await balance(alia)).toBe(`${1000 - 100 * passed}.00`);
      for (const [index, payment] of [one, two].entries()) {
        expect(await traces(payment)).toEqual(outcomes[index] === null ? ALL_TRACES : NO_TRACES);
      }
    });

    it('delays neither other customers nor debits without a limit', async () => {
      const [alia, bekzat] = [await customer(), await customer()];
      const [limited, free, other] = [await scan(alia), await scan(alia), await scan(bekzat)];
      await atTheGate(alia, 1, async () => {
        const held = violation(debit(limited, alia, limits({ sum: '200.00' })));
        // Both return while the first one waits.
        expect(await violation(debit(other, bekzat, limits({ sum: '100.00' })))).toBeNull();
        expect(await violation(debit(free, alia))).toBeNull();
        return held;
      });
      expect(await balance(alia)).toBe('800.00');
    });
  });
});
