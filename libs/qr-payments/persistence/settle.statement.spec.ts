import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addMilliseconds, type PaymentId } from '@mpp/kernel';
import { SHARED_ACCOUNTS } from '@mpp/ledger';
import type { Database, Tx } from '@mpp/platform';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import {
  ACCOUNT,
  another,
  DEBITED_AT,
  databaseOf,
  insertRow,
  paymentThatIs,
  rowOf,
} from '../../../test/support/payments.js';
import { failed } from '../domain/failure.js';
import { type Payment, transition } from '../domain/payment.js';
import { findHistory, findPayment } from './payment-search.js';
import { type Change, writeSettled } from './settle.statement.js';

const NOW = addMilliseconds(DEBITED_AT, 1000);

describe('the statement that settles', () => {
  let database: TestDatabase;
  let connected: Database;

  beforeAll(async () => {
    database = await createDatabase();
    connected = await databaseOf(database);
  });

  afterAll(() => database.drop());

  async function keep(payment: Payment): Promise<Payment> {
    const kept = another(payment);
    await insertRow(database, rowOf(kept));
    return kept;
  }

  /** The database accepts REVERSED only with the entries that give the debit back. */
  async function bookReversal({ id, customerId, amount }: Payment): Promise<void> {
    await database.query(
      `insert into ledger_accounts (id, kind, customer_id, name, balance, created_at)
       values ($1, 'CUSTOMER', $2, 'n', 0, $3) on conflict do nothing`,
      [ACCOUNT, customerId, NOW],
    );
    for (const [purpose, debit, credit] of [
      ['DEPOSIT', SHARED_ACCOUNTS.FUNDING, ACCOUNT],
      ['PAYMENT', ACCOUNT, SHARED_ACCOUNTS.IN_TRANSIT],
      ['REVERSAL', SHARED_ACCOUNTS.IN_TRANSIT, ACCOUNT],
    ]) {
      const values = [purpose, id, debit, credit, amount?.tiyn.toString(), NOW];
      await database.query('select ledger_post($1, $2, $3, $4, $5, $6)', values);
    }
  }

  const write = (...changes: Change[]) => writeSettled(connected as unknown as Tx, changes);
  const read = ({ id }: Payment) => findPayment(connected, id);
  const history = ({ id }: { id: PaymentId }) => findHistory(connected, id);

  const confirmed = (before: Payment) => transition(before, 'confirmed', NOW, { confirmedAt: NOW, settledBy: 'KASPI' });
  const reversed = (before: Payment) =>
    transition(before, 'reversed', NOW, { failure: failed('KASPI_REFUSED', 'RISK_REJECT'), settledBy: 'OPERATOR' });
  const doubted = (before: Payment) => transition(before, 'doubted', NOW, { doubtedAt: NOW });

  it('writes many decisions at once, each with a line of history and its reason', async () => {
    const [one, two, three] = [
      await keep(paymentThatIs('PROCESSING')),
      await keep(paymentThatIs('IN_DOUBT')),
      await keep(paymentThatIs('PROCESSING')),
    ];
    const changes = [
      { before: one, payment: confirmed(one) },
      { before: two, payment: reversed(two) },
      { before: three, payment: doubted(three) },
    ];
    await bookReversal(two);
    await write(...changes);
    for (const { payment } of changes) expect(await read(payment)).toEqual(payment);
    expect(await Promise.all([one, two, three].map(history))).toEqual([
      [{ version: 2, status: 'CONFIRMED', reason: null, at: NOW }],
      [{ version: 3, status: 'REVERSED', reason: 'RISK_REJECT', at: NOW }],
      [{ version: 2, status: 'IN_DOUBT', reason: null, at: NOW }],
    ]);
  });

  it('keeps the time of the doubt after it is resolved', async () => {
    const before = await keep(paymentThatIs('IN_DOUBT'));
    await write({ before, payment: confirmed(before) });
    expect(await read(before)).toMatchObject({ status: 'CONFIRMED', doubtedAt: before.doubtedAt });
  });

  it('writes the reason of an operator’s reversal to the history', async () => {
    const before = await keep(paymentThatIs('IN_DOUBT'));
    const outcome = { failure: failed('NOT_CONFIRMED'), settledBy: 'OPERATOR' } as const;
    await bookReversal(before);
    await write({ before, payment: transition(before, 'reversed', NOW, outcome) });
    expect(await history(before)).toMatchObject([{ status: 'REVERSED', reason: 'NOT_CONFIRMED' }]);
  });

  it('stores a contradiction without a change of status and without a line of history (R36)', async () => {
    const before = await keep(paymentThatIs('CONFIRMED', { settledBy: 'OPERATOR' }));
    const contradiction = { resultCode: 'RISK_REJECT', at: NOW };
    const payment = { ...before, contradiction, version: before.version + 1, updatedAt: NOW };
    await write({ before, payment });
    expect(await read(before)).toEqual(payment);
    expect(await history(before)).toEqual([]);
  });

  it('does not change a payment that has another version, and writes the others', async () => {
    const stale = await keep(paymentThatIs('PROCESSING', { version: 5 }));
    const fresh = await keep(paymentThatIs('PROCESSING'));
    const read4 = { ...stale, version: 4 };
    await write({ before: read4, payment: confirmed(read4) }, { before: fresh, payment: confirmed(fresh) });
    expect(await read(stale)).toEqual(stale);
    expect(await history(stale)).toEqual([]);
    expect(await read(fresh)).toEqual(confirmed(fresh));
  });

  it('does nothing for an empty list', async () => {
    await expect(write()).resolves.toBeUndefined();
  });
});
