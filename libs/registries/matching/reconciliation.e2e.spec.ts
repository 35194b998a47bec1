import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  almatyTime,
  bookPayments,
  newWorkingDays,
  paymentRow,
  refundRow,
  TENGE,
} from '../../../test/support/registry-days.js';
import { registryFile, type WrittenRow } from '../../../test/support/registry-files.js';
import { RegistryFixture } from '../../../test/support/registry-fixture.js';

const days = newWorkingDays('2025-01-13');

describe('A registry and the books', () => {
  let fixture: RegistryFixture;
  beforeAll(async () => {
    fixture = await RegistryFixture.start();
  });
  afterAll(() => fixture.stop());

  it('agree if both have every payment and refund', async () => {
    const date = days.next();
    const payments = await bookPayments(fixture, date);
    const [first] = payments;
    const refund = await fixture.books.refund(first, { at: almatyTime(date, '13:00:00'), amount: 900n * TENGE });
    const back = refundRow(first, refund);
    const registry = await fixture.receiveRegistry('DAILY', [...payments.map(paymentRow), back]);
    expect(registry).toMatchObject({ status: 'RECONCILED', kind: 'DAILY', rows: 4, matched: 4, discrepancies: 0 });
    expect(registry.period).toEqual({ from: date, to: date });
  });

  it('have one discrepancy of each kind, with the expected and the actual value', async () => {
    const date = days.next();
    const [one, two, three] = await bookPayments(fixture, date);
    const four = await fixture.books.payment({ at: almatyTime(date, '14:00:00'), status: 'REVERSED' });
    const five = await fixture.books.payment({ at: almatyTime(date, '15:00:00') });
    const rows: WrittenRow[] = [
      { ...paymentRow(one), amount: 16_900n * TENGE + 50n },
      { ...paymentRow(two), customerId: '123' },
      paymentRow(four),
      { ...paymentRow(five), fee: 151n, rate: '0,50' },
      paymentRow(five),
      { at: almatyTime(date, '16:00:00'), amount: 7n, kaspiOperationId: 'QR1', mppPaymentId: 'unknown' },
    ];
    const registry = await fixture.receiveRegistry('DAILY', rows, { amount: 1n });
    expect(await fixture.discrepancyLines(registry.id)).toEqual([
      'TOTAL_MISMATCH | 2 | 21550.57 | 0.01',
      'AMOUNT_MISMATCH | 3 | 16900.00 | 16900.50',
      `CUSTOMER_MISMATCH | 4 | ${two.customerId} | 123`,
      'STATUS_MISMATCH | 5 | REVERSED | ДА',
      'FEE_MISMATCH | 6 | 5.00 | 1.51',
      'DUPLICATE_ROW | 7 | row 6 | 1000.00',
      'MISSING_AT_MPP | 8 | - | Покупка 0.07',
      'MISSING_AT_KASPI | - | Покупка 1630.00 | -',
    ]);
    expect((await fixture.listDiscrepancies(registry.id)).at(-1)?.mppPaymentId).toBe(three.id);
    expect(await fixture.registry(registry.id)).toMatchObject({ rows: 6, matched: 5, discrepancies: 8 });
  });

  it('do not change if the same file is uploaded again: it is the same registry', async () => {
    const date = days.next();
    const file = await registryFile('DAILY', (await bookPayments(fixture, date)).map(paymentRow));
    const first = await fixture.server.mpp.upload(file, 'one.xlsx');
    expect(first.status).toBe(202);
    await fixture.processing.drainOnce();
    const again = await fixture.server.mpp.upload(file, 'another.xlsx');
    expect([again.status, again.body.id]).toEqual([200, first.body.id]);
    expect(await fixture.processing.drainOnce()).toBe(0);
    expect(await fixture.registry(first.body.id)).toMatchObject({ name: 'one.xlsx', status: 'RECONCILED' });
  });

  it('agree on several refunds of one payment without Kaspi’s ids in the books', async () => {
    const date = days.next();
    const [payment] = await bookPayments(fixture, date);
    const refunds = [];
    for (const [time, amount] of [
      ['13:00:00', 5n],
      ['14:00:00', 7n],
      ['15:00:00', 5n],
    ] as const) {
      refunds.push(await fixture.books.refund(payment, { at: almatyTime(date, time), amount, kaspiOperationId: null }));
    }
    const rows = refunds.map(
      ({ amount, at: when }, index): WrittenRow => ({
        ...paymentRow(payment),
        ...{ type: 'Возврат', amount, at: when, kaspiOperationId: `QR55${index}` },
      }),
    );
    const all = await fixture.receiveRegistry('DAILY', [paymentRow(payment), ...rows]);
    expect((await fixture.discrepancyLines(all.id)).filter((line) => line.includes('Возврат'))).toEqual([]);
    expect(all.matched).toBe(4);
  });
});
