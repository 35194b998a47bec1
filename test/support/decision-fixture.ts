import { afterAll, beforeAll } from '@jest/globals';
import { type AccountId, type CustomerId, Money, requestId } from '@mpp/kernel';
import { CustomerAccounts } from '@mpp/ledger';
import { Database, violatedConstraint } from '@mpp/platform';
import { v7 as uuidv7 } from 'uuid';
import { type PayableQrType, type Payment, transition } from '../../libs/qr-payments/domain/payment.js';
import { type DailyLimits, writeDecision } from '../../libs/qr-payments/persistence/decision.statement.js';
import { PaymentsRepository } from '../../libs/qr-payments/persistence/payments.repository.js';
import { createDatabase, type TestDatabase } from './database.js';
import { startTestServer, type TestServer } from './mpp.js';
import { another, scanned } from './payments.js';

export const NOW = new Date('2026-03-10T06:01:00Z');

export interface Customer {
  readonly id: CustomerId;
  readonly from: AccountId;
}

/** A server whose repository writes decisions on payments: registers the hooks that start and stop it. */
export function decisionFixture() {
  const fixture = {} as {
    database: TestDatabase;
    payments: PaymentsRepository;
  };
  let server: TestServer;
  let queryable: Database;
  let accounts: CustomerAccounts;
  let customers = 0;
  beforeAll(async () => {
    fixture.database = await createDatabase();
    const env = { DATABASE_URL: fixture.database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
    server = await startTestServer(env);
    queryable = server.app.get(Database, { strict: false });
    fixture.payments = server.app.get(PaymentsRepository, { strict: false });
    accounts = server.app.get(CustomerAccounts, { strict: false });
  });

  afterAll(async () => {
    await server.stop();
    await fixture.database.drop();
  });

  async function customer(balance = '1000.00'): Promise<Customer> {
    const id = `9009${String(++customers).padStart(8, '0')}` as CustomerId;
    const { id: from } = await accounts.openAccount(id, 'Основной счёт');
    await accounts.postDeposit(from, Money.parse(balance), 'opening');
    return { id, from };
  }

  async function scan({ id }: Customer, type: PayableQrType = 'Dynamic', changes: Partial<Payment> = {}) {
    return (await fixture.payments.saveScanned(another(scanned(type), { customerId: id, ...changes }))).payment;
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
    const count = async (sql: string) => (await fixture.database.query(sql, [id])).length;
    return {
      entries: await count('select 1 from ledger_entries where reference = $1'),
      messages: await count('select 1 from outbox_messages where key = $1'),
      exchanges: await count('select 1 from kaspi_calls where payment_id = $1'),
      history: await count('select 1 from qr_payment_history where payment_id = $1'),
    };
  };

  const NO_TRACES = { entries: 0, messages: 0, exchanges: 0, history: 1 };
  const ALL_TRACES = { entries: 1, messages: 1, exchanges: 1, history: 2 };
  const balance = async ({ id }: Customer) => (await accounts.listOpenAccounts(id))[0]?.balance.toString();

  return { fixture, customer, scan, write, debit, violation, traces, NO_TRACES, ALL_TRACES, balance };
}
