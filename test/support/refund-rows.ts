import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import type { AccountId, CustomerId } from '@mpp/kernel';
import { SHARED_ACCOUNTS } from '@mpp/ledger';
import type { PaymentStatus } from '@mpp/qr-payments';
import pg from 'pg';
import type { RefundStatus } from '../../libs/refunds/domain/refund-status.js';
import { createDatabase, type TestDatabase } from './database.js';
import { another, type Columns, insertRow, paymentThatIs, rowOf } from './payments.js';

const { RECEIVABLE_FROM_KASPI, REFUNDS_IN_SUSPENSE } = SHARED_ACCOUNTS;

export const NOW = '2026-03-10T07:00:00Z';
/** The changes that credit a refund, without its account. */
export const CREDITED = { status: 'CREDITED', credited_at: NOW, next_escalation_at: null };
export const SUSPENDED = { status: 'SUSPENDED', suspended_at: NOW };

export interface Bought {
  readonly payment: ReturnType<typeof another>;
  readonly customer: CustomerId;
  readonly account: AccountId;
}

/** Writes refunds as the owner of the tables, without the server's code; the database's own guards still refuse. */
export function refundRows() {
  let database: TestDatabase;
  let owner: pg.Client;
  let customers = 0;

  async function start(): Promise<void> {
    database = await createDatabase();
    owner = await database.connect();
  }

  async function stop(): Promise<void> {
    await owner.end();
    await database.drop();
  }

  const query = <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) => owner.query<Row>(sql, values);
  const connect = (): Promise<pg.Client> => database.connect();
  /** On another connection than `query`. */
  const observe = (sql: string, values: unknown[] = []) => database.query<Record<string, unknown>>(sql, values);

  async function open(customer: CustomerId): Promise<AccountId> {
    const id = randomUUID() as AccountId;
    await owner.query(
      `insert into ledger_accounts (id, kind, customer_id, name, balance, created_at) values ($1, 'CUSTOMER', $2, 'a', 0, $3)`,
      [id, customer, NOW],
    );
    return id;
  }

  /** A new customer with a payment of 100.00. */
  async function paid(status: PaymentStatus = 'CONFIRMED'): Promise<Bought> {
    const customer = `R${++customers}` as CustomerId;
    const account = await open(customer);
    const fresh = paymentThatIs(status);
    const debit = fresh.debitedAt === null ? {} : { accountId: account };
    const payment = another(fresh, { customerId: customer, ...debit });
    await insertRow(database, rowOf(payment));
    return { payment, customer, account };
  }

  function rowFor({ payment, customer, account }: Bought, tiyn: number, columns: Columns = {}): Columns {
    return {
      id: randomUUID(),
      refund_id: `Ref${randomUUID()}`,
      fingerprint: 'f',
      result_code: 'SUCCESS',
      result_message: 'success',
      status: 'ACCEPTED',
      customer_id: customer,
      kaspi_payment_id: payment.kaspiPaymentId,
      payment_id: payment.id,
      amount: tiyn,
      account_id: account,
      link_receipt: 'https://receipt.kaspi.kz/ext?TranId=a',
      credit_by: '2026-03-10T08:00:00Z',
      next_escalation_at: '2026-03-10T07:30:00Z',
      created_at: NOW,
      ...columns,
    };
  }

  function refusedRow(columns: Columns = {}): Columns {
    return {
      id: randomUUID(),
      refund_id: `Ref${randomUUID()}`,
      fingerprint: 'f',
      result_code: 'PARAM_ILLEGAL',
      result_message: 'paymentId is unknown',
      refusal: 'UNKNOWN_PAYMENT',
      status: 'REFUSED',
      created_at: NOW,
      ...columns,
    };
  }

  async function insert(columns: Columns, client: pg.Client = owner): Promise<string> {
    const names = Object.keys(columns);
    await client.query(
      `insert into refunds (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
      Object.values(columns),
    );
    return String(columns.id);
  }

  async function change(id: string, columns: Columns, client: pg.Client = owner): Promise<void> {
    const changes = Object.keys(columns).map((name, index) => `${name} = $${index + 2}`);
    const { rowCount } = await client.query(`update refunds set ${changes.join(', ')} where id = $1`, [
      id,
      ...Object.values(columns),
    ]);
    expect(rowCount).toBe(1);
  }

  const raise = ({ payment }: Bought, tiyn: number, client: pg.Client = owner) =>
    client.query('update qr_payments set refunded_amount = refunded_amount + $2, version = version + 1 where id = $1', [
      payment.id,
      tiyn,
    ]);

  const post = (
    purpose: string,
    reference: string,
    debit: string,
    credit: string,
    tiyn: number,
    client: pg.Client = owner,
  ) => client.query('select ledger_post($1, $2, $3, $4, $5, $6)', [purpose, reference, debit, credit, tiyn, NOW]);

  async function committed<T>(work: () => Promise<T>): Promise<T> {
    await owner.query('begin');
    try {
      const result = await work();
      await owner.query('commit');
      return result;
    } catch (error) {
      await owner.query('rollback');
      throw error;
    }
  }

  /** A refund as the server accepts it: refund and payment in one transaction. */
  const accepted = (bought: Bought, tiyn: number, columns: Columns = {}) =>
    committed(async () => {
      const id = await insert(rowFor(bought, tiyn, columns));
      await raise(bought, tiyn);
      return id;
    });

  const credited = (bought: Bought, id: string, tiyn: number) =>
    committed(async () => {
      await post('REFUND', id, RECEIVABLE_FROM_KASPI, bought.account, tiyn);
      await change(id, { ...CREDITED, credited_account_id: bought.account });
    });

  const suspended = (id: string, tiyn: number) =>
    committed(async () => {
      await post('REFUND', id, RECEIVABLE_FROM_KASPI, REFUNDS_IN_SUSPENSE, tiyn);
      await change(id, SUSPENDED);
    });

  /** A refund of 30.00 with this status. */
  async function refundThatIs(status: RefundStatus): Promise<string> {
    if (status === 'REFUSED') return insert(refusedRow());
    const bought = await paid();
    const id = await accepted(bought, 3000);
    if (status === 'SUSPENDED') await suspended(id, 3000);
    if (status === 'CREDITED') await credited(bought, id, 3000);
    return id;
  }

  /** The constraint or message with which PostgreSQL refuses the work, also at the commit; null if it accepts it. Rolled back. */
  async function refusalOf(work: () => Promise<unknown>, asReplica = false): Promise<string | null> {
    await owner.query('begin');
    try {
      if (asReplica) await owner.query('set local session_replication_role = replica');
      await work();
      await owner.query('set constraints all immediate');
      return null;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      return error.constraint ?? error.message;
    } finally {
      await owner.query('rollback');
    }
  }

  async function expectRefused(work: () => Promise<unknown>, reason: RegExp | string): Promise<void> {
    expect(await refusalOf(work)).toMatch(reason);
    expect(await refusalOf(work, true)).toMatch(reason);
  }

  async function expectTaken(work: () => Promise<unknown>): Promise<void> {
    expect(await refusalOf(work)).toBeNull();
  }

  return {
    ...{ start, stop, query, connect, observe, open, paid, rowFor, refusedRow, insert, change, raise, post },
    ...{ accepted, credited, suspended, refundThatIs, expectRefused, expectTaken },
  };
}
