import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AccountId, type CustomerId, type KaspiPaymentId, Money, type PaymentId, requestId } from '@mpp/kernel';
import { Ledger } from '@mpp/ledger';
import { v7 as uuidv7 } from 'uuid';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { startTestServer, type TestServer } from '../../../test/support/mpp.js';
import { moved } from '../domain/payment.js';
import { newPayment } from '../domain/scan.js';
import { ConfirmStatement } from './confirm.statement.js';
import { PaymentsRepository } from './payments.repository.js';

const CUSTOMER = '900900000001' as CustomerId;

/** The one statement that moves money, tried against what can have changed since the payment was read. */
describe('the statement that debits', () => {
  let database: TestDatabase;
  let server: TestServer;
  let statement: ConfirmStatement;
  let payments: PaymentsRepository;
  let from: AccountId;

  beforeAll(async () => {
    database = await createDatabase();
    server = await startTestServer({
      DATABASE_URL: database.url,
      KASPI_BASE_URL: 'http://127.0.0.1:9',
      OUTBOX_WORKER: 'off',
    });
    statement = server.app.get(ConfirmStatement, { strict: false });
    payments = server.app.get(PaymentsRepository, { strict: false });
    const account = await server.app.get(Ledger, { strict: false }).openAccount(CUSTOMER, 'Основной счёт');
    from = account.id;
    await server.app.get(Ledger, { strict: false }).deposit(from, Money.parse('1000.00'), 'opening');
  });

  afterAll(async () => {
    await server.stop();
    await database.drop();
  });

  const scan = async (purchase: string, amount = '100.00') => {
    const scanned = {
      kaspiPaymentId: purchase as KaspiPaymentId,
      amount: Money.parse(amount),
      confirmUntil: null,
      merchant: null,
    };
    const kept = await payments.keepScanned(newPayment(uuidv7() as PaymentId, CUSTOMER, scanned, new Date()));
    return kept.payment;
  };

  const debit = (payment: Awaited<ReturnType<typeof scan>>) => {
    const now = new Date();
    const debited = moved(payment, 'debited', now, { accountId: from, debitedAt: now, notifyResult: 'SUCCESS' });
    const birth = { id: uuidv7(), lease: uuidv7(), nextAttemptAt: now };
    const payload = { paymentId: payment.id, requestId: requestId(uuidv7()), locale: 'ru' as const, body: '{}' };
    return statement.write({ payment: debited, notify: { birth, payload }, from });
  };

  const traces = async (id: string) => {
    const count = async (sql: string) => (await database.query(sql, [id])).length;
    return {
      entries: await count('select 1 from ledger_entries where reference = $1'),
      messages: await count('select 1 from outbox_messages where key = $1'),
      exchanges: await count('select 1 from kaspi_exchanges where payment_id = $1'),
      history: await count('select 1 from qr_payment_history where payment_id = $1'),
    };
  };

  it('writes status, journal, history, message and the attempt’s record together', async () => {
    const payment = await scan('together');
    expect(await debit(payment)).toBe(true);
    expect(await traces(payment.id)).toEqual({ entries: 1, messages: 1, exchanges: 1, history: 2 });
  });

  it('does nothing at all where the payment has changed since it was read: a price that the customer has not seen is not debited', async () => {
    const read = await scan('price');
    const refreshed = await scan('price', '250.00');
    expect(refreshed).toMatchObject({ id: read.id, version: read.version + 1 });
    expect(await debit(read)).toBe(false);
    expect(await traces(read.id)).toEqual({ entries: 0, messages: 0, exchanges: 0, history: 1 });
    expect(await debit(refreshed)).toBe(true);
  });

  it('does nothing the second time', async () => {
    const payment = await scan('twice');
    expect(await Promise.all([debit(payment), debit(payment)])).toEqual(expect.arrayContaining([true, false]));
    expect(await traces(payment.id)).toEqual({ entries: 1, messages: 1, exchanges: 1, history: 2 });
  });

  it('fails as a whole where the money was spent meanwhile', async () => {
    const payment = await scan('spent', '100000.00');
    await expect(debit(payment)).rejects.toThrow('ledger_accounts_no_overdraft');
    expect(await traces(payment.id)).toEqual({ entries: 0, messages: 0, exchanges: 0, history: 1 });
    expect(await payments.find(CUSTOMER, payment.id)).toMatchObject({
      status: 'AWAITING_CONFIRMATION',
      notifyResult: null,
    });
  });
});
