import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addMilliseconds, type PaymentId } from '@mpp/kernel';
import type { Database, Tx } from '@mpp/platform';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { another, DEBITED_AT, databaseOf, insertRow, paymentThatIs, rowOf } from '../../../test/support/payments.js';
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

  const write = (...changes: Change[]) => writeSettled(connected as unknown as Tx, changes);
  const read = ({ id }: Payment) => findPayment(connected, id);
  const history = ({ id }: { id: PaymentId }) => findHistory(connected, id);

  const confirmed = (before: Payment) => transition(before, 'confirmed', NOW, { confirmedAt: NOW, settledBy: 'KASPI' });
  const reversed = (before: Payment) =>
    transition(before, 'reversed', NOW, { failure: failed('KASPI_REFUSED', 'RISK_REJECT'), settledBy: 'OPERATOR' });
  const doubted = (before: Payment) => transition(before, 'doubted', NOW, { doubtedAt: NOW });

  it('writes many at once, each as it was decided, with a line of history and its reason', async () => {
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
    await write(...changes);
    for (const { payment } of changes) expect(await read(payment)).toEqual(payment);
    expect(await Promise.all([one, two, three].map(history))).toEqual([
      [{ version: 2, status: 'CONFIRMED', reason: null, at: NOW }],
      [{ version: 3, status: 'REVERSED', reason: 'RISK_REJECT', at: NOW }],
      [{ version: 2, status: 'IN_DOUBT', reason: null, at: NOW }],
    ]);
  });

  it('keeps when it came into doubt once the doubt is over', async () => {
    const before = await keep(paymentThatIs('IN_DOUBT'));
    await write({ before, payment: confirmed(before) });
    expect(await read(before)).toMatchObject({ status: 'CONFIRMED', doubtedAt: before.doubtedAt });
  });

  it('tells in the history why an operator gave the money back', async () => {
    const before = await keep(paymentThatIs('IN_DOUBT'));
    const outcome = { failure: failed('NOT_CONFIRMED'), settledBy: 'OPERATOR' } as const;
    await write({ before, payment: transition(before, 'reversed', NOW, outcome) });
    expect(await history(before)).toMatchObject([{ status: 'REVERSED', reason: 'NOT_CONFIRMED' }]);
  });

  it('keeps a contradiction on the payment: no status changes, and history has no line of it (R36)', async () => {
    const before = await keep(paymentThatIs('CONFIRMED', { settledBy: 'OPERATOR' }));
    const contradiction = { resultCode: 'RISK_REJECT', at: NOW };
    const payment = { ...before, contradiction, version: before.version + 1, updatedAt: NOW };
    await write({ before, payment });
    expect(await read(before)).toEqual(payment);
    expect(await history(before)).toEqual([]);
  });

  it('changes nothing of a payment that is another version by now, and writes the others', async () => {
    const stale = await keep(paymentThatIs('PROCESSING', { version: 5 }));
    const fresh = await keep(paymentThatIs('PROCESSING'));
    const read4 = { ...stale, version: 4 };
    await write({ before: read4, payment: confirmed(read4) }, { before: fresh, payment: confirmed(fresh) });
    expect(await read(stale)).toEqual(stale);
    expect(await history(stale)).toEqual([]);
    expect(await read(fresh)).toEqual(confirmed(fresh));
  });

  it('has nothing to do for nobody', async () => {
    await expect(write()).resolves.toBeUndefined();
  });
});
