import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AccountId, addMilliseconds, type CustomerId, Money, requestId } from '@mpp/kernel';
import { CustomerAccounts } from '@mpp/ledger';
import { Database, violatedConstraint } from '@mpp/platform';
import { v7 as uuidv7 } from 'uuid';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { startTestServer, type TestServer } from '../../../test/support/mpp.js';
import { ALIA, another, insertRow, paymentThatIs, rowOf, scanned } from '../../../test/support/payments.js';
import { until } from '../../../test/support/until.js';
import { decideCancel } from '../domain/cancel.js';
import { expired } from '../domain/confirm.js';
import { failed } from '../domain/failure.js';
import { type PayableQrType, type Payment, transition } from '../domain/payment.js';
import { type DailyLimits, writeDecision } from './decision.statement.js';
import { PaymentsRepository } from './payments.repository.js';

const NOW = new Date('2026-03-10T06:01:00Z');
const TODAY = new Date('2026-03-09T19:00:00Z');

/** The statement that moves money, against every change since the payment was read. */
describe('the statement that writes a decision', () => {
  let database: TestDatabase;
  let server: TestServer;
  let queryable: Database;
  let payments: PaymentsRepository;
  let accounts: CustomerAccounts;
  let customers = 0;

  beforeAll(async () => {
    database = await createDatabase();
    const env = { DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
    server = await startTestServer(env);
    queryable = server.app.get(Database, { strict: false });
    payments = server.app.get(PaymentsRepository, { strict: false });
    accounts = server.app.get(CustomerAccounts, { strict: false });
  });

  afterAll(async () => {
    await server.stop();
    await database.drop();
  });

  interface Customer {
    readonly id: CustomerId;
    readonly from: AccountId;
  }

  async function customer(balance = '1000.00'): Promise<Customer> {
    const id = `9009${String(++customers).padStart(8, '0')}` as CustomerId;
    const { id: from } = await accounts.open(id, 'Основной счёт');
    await accounts.deposit(from, Money.parse(balance), 'opening');
    return { id, from };
  }

  async function scan({ id }: Customer, type: PayableQrType = 'Dynamic', changes: Partial<Payment> = {}) {
    return (await payments.saveScanned(another(scanned(type), { customerId: id, ...changes }))).payment;
  }

  const notify = ({ id, notifyResult }: Payment) =>
    notifyResult === null
      ? null
      : {
          reservation: { id: uuidv7(), lease: uuidv7(), nextAttemptAt: NOW },
          payload: {
            paymentId: id,
            requestId: requestId(uuidv7()),
            result: notifyResult,
            locale: 'ru' as const,
            body: '{}',
          },
        };

  const write = (before: Payment, payment: Payment, from: AccountId | null = null, limits: DailyLimits | null = null) =>
    writeDecision(queryable, { before, payment, notify: notify(payment), from, limits });

  function debit(before: Payment, { from }: Customer, limits: DailyLimits | null = null, amount = before.amount) {
    const outcome = { amount, accountId: from, debitedAt: NOW, notifyResult: 'SUCCESS' } as const;
    return write(before, transition(before, 'debited', NOW, outcome), from, limits);
  }

  /** The violated constraint; null if the decision was written. */
  const violation = (written: Promise<boolean>) =>
    written.then(
      (done) => (done ? null : 'nothing written'),
      (error: Error) => violatedConstraint(error) ?? error.message,
    );

  const traces = async ({ id }: Payment) => {
    const count = async (sql: string) => (await database.query(sql, [id])).length;
    return {
      entries: await count('select 1 from ledger_entries where reference = $1'),
      messages: await count('select 1 from outbox_messages where key = $1'),
      exchanges: await count('select 1 from kaspi_calls where payment_id = $1'),
      history: await count('select 1 from qr_payment_history where payment_id = $1'),
    };
  };
  const NO_TRACES = { entries: 0, messages: 0, exchanges: 0, history: 1 };
  const ALL_TRACES = { entries: 1, messages: 1, exchanges: 1, history: 2 };
  const read = async ({ id, customerId }: Payment) => {
    const payment = await payments.find(customerId, id);
    if (payment === null) throw new Error(`payment ${id} is gone`);
    return payment;
  };
  const balance = async ({ id }: Customer) => (await accounts.listOpen(id))[0]?.balance.toString();

  describe('that debits', () => {
    it('writes status, journal, history, message and the attempt’s record together', async () => {
      const alia = await customer();
      const payment = await scan(alia);
      expect(await debit(payment, alia)).toBe(true);
      expect(await traces(payment)).toEqual(ALL_TRACES);
      expect(await read(payment)).toMatchObject({ status: 'PROCESSING', version: 1, expiresAt: null, debitedAt: NOW });
    });

    it('debits the amount that the customer entered for a Static payment', async () => {
      const alia = await customer();
      const payment = await scan(alia, 'Static');
      expect(payment).toMatchObject({ status: 'AWAITING_AMOUNT', amount: null });
      expect(await debit(payment, alia, null, Money.parse('150.00'))).toBe(true);
      expect((await read(payment)).amount?.toString()).toBe('150.00');
      expect(await balance(alia)).toBe('850.00');
    });

    it('writes nothing if the payment changed since it was read: a price that the customer has not seen is not debited', async () => {
      const alia = await customer();
      const seen = await scan(alia);
      const { kaspiPaymentId } = seen;
      const refreshed = await scan(alia, 'Dynamic', { kaspiPaymentId, amount: Money.parse('250.00') });
      expect(refreshed).toMatchObject({ id: seen.id, version: seen.version + 1 });
      expect(await debit(seen, alia)).toBe(false);
      expect(await traces(seen)).toEqual(NO_TRACES);
      expect(await debit(refreshed, alia)).toBe(true);
      expect(await balance(alia)).toBe('750.00');
    });

    it('writes nothing if the payment has another status than was read', async () => {
      const alia = await customer();
      const payment = await scan(alia);
      const misread = { ...payment, status: 'AWAITING_AMOUNT' as const };
      expect(await debit(misread, alia)).toBe(false);
      expect(await traces(payment)).toEqual(NO_TRACES);
    });

    it('writes nothing the second time', async () => {
      const alia = await customer();
      const payment = await scan(alia);
      expect((await Promise.all([debit(payment, alia), debit(payment, alia)])).sort()).toEqual([false, true]);
      expect(await traces(payment)).toEqual(ALL_TRACES);
      expect(await balance(alia)).toBe('900.00');
    });

    it('fails as a whole if the money was spent meanwhile', async () => {
      const alia = await customer('99.99');
      const payment = await scan(alia);
      expect(await violation(debit(payment, alia))).toBe('ledger_accounts_no_overdraft');
      expect(await traces(payment)).toEqual(NO_TRACES);
      expect(await read(payment)).toEqual(payment);
    });

    it('fails as a whole if the account is another customer’s, or was blocked meanwhile', async () => {
      const [alia, bekzat] = [await customer(), await customer()];
      const payment = await scan(alia);
      expect(await violation(debit(payment, bekzat))).toBe('qr_payments_account_usable');
      await database.query(`update ledger_accounts set status = 'BLOCKED' where id = $1`, [alia.from]);
      expect(await violation(debit(payment, alia))).toBe('qr_payments_account_usable');
      expect(await traces(payment)).toEqual(NO_TRACES);
      expect(await read(payment)).toEqual(payment);
      expect(await balance(bekzat)).toBe('1000.00');
    });

    it('fails as a whole if another customer paid the purchase meanwhile (R33)', async () => {
      const [alia, bekzat] = [await customer(), await customer()];
      const first = await scan(alia);
      const second = await scan(bekzat, 'Dynamic', { kaspiPaymentId: first.kaspiPaymentId });
      expect(await debit(first, alia)).toBe(true);
      expect(await violation(debit(second, bekzat))).toBe('qr_payments_one_debit');
      expect(await traces(second)).toEqual(NO_TRACES);
      expect(await balance(bekzat)).toBe('1000.00');
    });
  });

  describe('that debits nothing', () => {
    it('expires with status and history, and without a notify', async () => {
      const alia = await customer();
      const payment = await scan(alia);
      expect(await write(payment, expired(payment, NOW))).toBe(true);
      expect(await traces(payment)).toEqual({ ...NO_TRACES, history: 2 });
      expect(await read(payment)).toMatchObject({ status: 'EXPIRED', failure: failed('CONFIRMED_TOO_LATE') });
    });

    it('declines with a notify and a reason', async () => {
      const alia = await customer();
      const payment = await scan(alia);
      const outcome = { failure: failed('LIMIT_EXCEEDED'), notifyResult: 'RISK_REJECT' } as const;
      expect(await write(payment, transition(payment, 'declined', NOW, outcome))).toBe(true);
      expect(await traces(payment)).toEqual({ ...ALL_TRACES, entries: 0 });
      const reasons = 'select status, reason from qr_payment_history where payment_id = $1 order by version';
      expect(await database.query(reasons, [payment.id])).toEqual([
        { status: 'AWAITING_CONFIRMATION', reason: null },
        { status: 'DECLINED', reason: 'LIMIT_EXCEEDED' },
      ]);
      expect(await balance(alia)).toBe('1000.00');
    });

    it('cancels an expired payment: it stays EXPIRED, the PS is notified once, and the history has no new line', async () => {
      const alia = await customer();
      const payment = await scan(alia, 'Custom');
      const over = expired(payment, NOW);
      await write(payment, over);
      const [first, second] = [decideCancel(over, false, NOW), decideCancel(over, false, NOW)];
      if (first.kind !== 'write' || second.kind !== 'write') throw new Error('the PS is not told');
      expect(await write(over, first.payment)).toBe(true);
      expect(await write(over, second.payment)).toBe(false);
      expect(await read(payment)).toEqual(first.payment);
      expect(await traces(payment)).toEqual({ entries: 0, messages: 1, exchanges: 1, history: 2 });
    });

    it('writes nothing if there is a notify already: a payment has one notify (R35)', async () => {
      const alia = await customer();
      const payment = await scan(alia);
      const gone = transition(payment, 'cancelled', NOW, { notifyResult: 'CANCELLED_BY_CLIENT' });
      expect(await write(payment, gone)).toBe(true);
      expect(await write(gone, { ...gone, version: gone.version + 1 })).toBe(false);
      expect(await traces(payment)).toEqual({ entries: 0, messages: 1, exchanges: 1, history: 2 });
    });

    it('or a debit is written, of two at the same moment, never both', async () => {
      const alia = await customer();
      const payment = await scan(alia);
      const gone = decideCancel(payment, false, NOW);
      if (gone.kind !== 'write') throw new Error('the PS is not told');
      const written = await Promise.all([debit(payment, alia), write(payment, gone.payment)]);
      expect([...written].sort()).toEqual([false, true]);
      const [debited] = written;
      expect(await read(payment)).toMatchObject({ notifyResult: debited ? 'SUCCESS' : 'CANCELLED_BY_CLIENT' });
      expect(await balance(alia)).toBe(debited ? '900.00' : '1000.00');
    });
  });

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
        insertRow(database, rowOf(another(paymentThatIs(status), { customerId: alia.id, ...changes })));
      await earlier({ debitedAt: addMilliseconds(TODAY, -1) });
      await earlier({ debitedAt: TODAY }, 'REVERSED');
      await earlier({ debitedAt: TODAY, customerId: ALIA });
      await earlier({ debitedAt: TODAY });
      expect(await violation(debit(await scan(alia), alia, limits({ count: 1 })))).toBe('qr_payments_daily_limit');
      expect(await violation(debit(await scan(alia), alia, limits({ count: 2, sum: '200.00' })))).toBeNull();
    });

    /** Concurrent debits of the customer have written their payment and wait to count the debits. */
    async function atTheGate<T>(of: Customer, waiting: number, begin: () => Promise<T>): Promise<T> {
      const gate = await database.connect();
      try {
        await gate.query('select pg_advisory_lock(65100119, hashtext($1))', [of.id]);
        const under = begin();
        await until(
          `${waiting} wait for the customer’s other debits`,
          () =>
            database.query(
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
