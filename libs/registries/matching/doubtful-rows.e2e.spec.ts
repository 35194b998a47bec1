import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BookedPayment, BookedRefund } from '../../../test/support/books.js';
import { almatyTime, newWorkingDays, paymentRow, refundRow, TENGE } from '../../../test/support/registry-days.js';
import type { WrittenRow } from '../../../test/support/registry-files.js';
import { RegistryFixture } from '../../../test/support/registry-fixture.js';

const days = newWorkingDays('2025-08-01');

describe('A registry', () => {
  let fixture: RegistryFixture;
  beforeAll(async () => {
    fixture = await RegistryFixture.start();
  });
  afterAll(() => fixture.stop());

  const bookPayment = (date: string, given: Partial<BookedPayment> = {}) =>
    fixture.books.payment({ at: almatyTime(date, '12:00:00'), ...given });
  const bookRefund = (payment: BookedPayment, date: string, time: string, given: Partial<BookedRefund> = {}) =>
    fixture.books.refund(payment, {
      at: almatyTime(date, time),
      amount: 100n * TENGE,
      kaspiOperationId: null,
      ...given,
    });

  describe('with refunds whose Kaspi id the books do not have', () => {
    it('has the same result when the file is sent again', async () => {
      const date = days.next();
      const payment = await bookPayment(date);
      const refund = await bookRefund(payment, date, '13:00:00');
      const back = refundRow(payment, refund, { kaspiOperationId: 'QR5001' });
      expect(await fixture.receiveRegistry('DAILY', [paymentRow(payment), back])).toMatchObject({
        matched: 2,
        discrepancies: 0,
      });
      expect(await fixture.receiveRegistry('DAILY', [back, paymentRow(payment)])).toMatchObject({
        matched: 2,
        discrepancies: 0,
      });
    });

    it('has an unknown refund if the registry of another day lists the refund under another id', async () => {
      const [first, second] = [days.next(), days.next()];
      const payment = await bookPayment(first);
      const refund = await bookRefund(payment, first, '13:00:00');
      await fixture.receiveRegistry('DAILY', [
        paymentRow(payment),
        refundRow(payment, refund, { kaspiOperationId: 'QR5002' }),
      ]);
      const again = refundRow(payment, refund, { kaspiOperationId: 'QR5003', at: almatyTime(second, '13:00:00') });
      expect(await fixture.discrepancyLines((await fixture.receiveRegistry('DAILY', [again])).id)).toEqual([
        'MISSING_AT_MPP | 3 | - | Возврат 100.00',
      ]);
    });

    it('does not match a refund of another week', async () => {
      const first = days.next();
      days.skipWeek();
      const second = days.next();
      const payment = await bookPayment(first);
      const later = await bookRefund(payment, second, '13:00:00');
      const unknown = refundRow(payment, later, {
        kaspiOperationId: 'QR5004',
        amount: 7n,
        at: almatyTime(first, '14:00:00'),
      });
      const early = await fixture.receiveRegistry('DAILY', [paymentRow(payment), unknown]);
      expect(await fixture.discrepancyLines(early.id)).toEqual(['MISSING_AT_MPP | 4 | - | Возврат 0.07']);
      const late = await fixture.receiveRegistry('DAILY', [refundRow(payment, later, { kaspiOperationId: 'QR5005' })]);
      expect(late.discrepancies).toBe(0);
    });
  });

  it('with another Kaspi id for a refund than the books does not match it', async () => {
    const date = days.next();
    const payment = await bookPayment(date);
    const refund = await bookRefund(payment, date, '13:00:00', { kaspiOperationId: 'QR6001' });
    const other = refundRow(payment, refund, { kaspiOperationId: 'QR6002' });
    const registry = await fixture.receiveRegistry('DAILY', [paymentRow(payment), other]);
    expect(await fixture.discrepancyLines(registry.id)).toEqual([
      'MISSING_AT_MPP | 4 | - | Возврат 100.00',
      'MISSING_AT_KASPI | - | Возврат 100.00 | -',
    ]);
  });

  it('that lists a refund which another day’s registry lists has a DUPLICATE_ROW', async () => {
    const [first, second] = [days.next(), days.next()];
    const payment = await bookPayment(first);
    const refund = await bookRefund(payment, first, '13:00:00', { kaspiOperationId: 'QR6003' });
    await fixture.receiveRegistry('DAILY', [paymentRow(payment), refundRow(payment, refund)]);
    const again = await fixture.receiveRegistry('DAILY', [
      refundRow(payment, refund, { at: almatyTime(second, '13:00:00') }),
    ]);
    expect(await fixture.discrepancyLines(again.id)).toEqual(['DUPLICATE_ROW | 3 | registry.xlsx, row 4 | 100.00']);
  });

  it('has no discrepancies of values that cannot be read', async () => {
    const date = days.next();
    const [payment, reversed] = [await bookPayment(date), await bookPayment(date, { status: 'REVERSED' })];
    const unreadable: WrittenRow = { ...paymentRow(payment), type: 'Что-то' as 'Покупка', amount: 7n };
    const registry = await fixture.receiveRegistry('DAILY', [
      unreadable,
      paymentRow(payment),
      { ...paymentRow(reversed), confirmed: 'наверное' },
    ]);
    expect(registry).toMatchObject({ discrepancies: 0, rowErrors: 2 });
  });

  it('does not confirm a payment in doubt if a row without a date has НЕТ', async () => {
    const date = days.next();
    const payment = await bookPayment(date, { status: 'IN_DOUBT' });
    const undated = { ...paymentRow(payment), confirmed: 'НЕТ', at: new Date(Number.NaN) };
    await fixture.receiveRegistry('DAILY', [undated, paymentRow(payment)]);
    expect(await fixture.database.query('select status from qr_payments where id = $1', [payment.id])).toEqual([
      { status: 'IN_DOUBT' },
    ]);
  });

  it('that does not list a payment in doubt has a discrepancy after an operator confirms the payment', async () => {
    const date = days.next();
    const [payment, doubtful] = [await bookPayment(date), await bookPayment(date, { status: 'IN_DOUBT' })];
    const registry = await fixture.receiveRegistry('DAILY', [paymentRow(payment)]);
    expect(registry.discrepancies).toBe(0);
    expect((await fixture.server.mpp.resolve(doubtful.id, 'CONFIRMED')).status).toBe(200);
    for (let check = 0; check < 2; check++) await fixture.reconciliation.recheckDiscrepancies();
    const differences = await fixture.listDiscrepancies(registry.id);
    expect(differences.map(({ kind, mppPaymentId, status }) => [kind, mppPaymentId, status])).toEqual([
      ['MISSING_AT_KASPI', doubtful.id, 'OPEN'],
    ]);
  });

  it('of a month that lists an operation of a daily registry twice has a DUPLICATE_ROW, and the totals agree', async () => {
    const date = '2024-11-06';
    const payment = await bookPayment(date);
    await fixture.receiveRegistry('DAILY', [paymentRow(payment)]);
    const monthly = await fixture.receiveRegistry('MONTHLY', [paymentRow(payment), paymentRow(payment)]);
    expect(await fixture.discrepancyLines(monthly.id)).toEqual(['DUPLICATE_ROW | 4 | row 3 | 1000.00']);
  });

  it('of a day that is sent again with НЕТ is the one with which the totals of the month are compared', async () => {
    const date = '2024-12-04';
    const [one, two] = [await bookPayment(date), await bookPayment(date, { status: 'REVERSED' })];
    await fixture.receiveRegistry('DAILY', [paymentRow(one), paymentRow(two)]);
    fixture.clock.advance(1000);
    const corrected = [paymentRow(one), { ...paymentRow(two), confirmed: 'НЕТ' }];
    expect((await fixture.receiveRegistry('DAILY', corrected)).discrepancies).toBe(0);
    expect((await fixture.receiveRegistry('MONTHLY', corrected)).discrepancies).toBe(0);
  });

  it('keeps the status and notes of operators when it is checked again', async () => {
    const date = days.next();
    const payment = await bookPayment(date, { status: 'REVERSED' });
    const registry = await fixture.receiveRegistry('DAILY', [
      paymentRow(payment),
      { ...paymentRow(payment), mppPaymentId: 'x', kaspiOperationId: null },
    ]);
    const [one, two] = await fixture.listDiscrepancies(registry.id);
    await fixture.send('PATCH', `discrepancies/${one?.id}`, { status: 'RESOLVED', note: 'Kaspi has paid it back' });
    await fixture.send('PATCH', `discrepancies/${two?.id}`, { status: 'OPEN', note: 'Kaspi is asked' });
    for (let check = 0; check < 2; check++) await fixture.reconciliation.recheckDiscrepancies();
    expect((await fixture.listDiscrepancies(registry.id)).map(({ status, note }) => [status, note])).toEqual([
      ['RESOLVED', 'Kaspi has paid it back'],
      ['OPEN', 'Kaspi is asked'],
    ]);
  });
});
