import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BookedPayment, BookedRefund } from '../../../test/support/books.js';
import type { WrittenRow } from '../../../test/support/registry-files.js';
import { RegistryWorld } from '../../../test/support/registry-world.js';

const TENGE = 100n;
let day = 0;
/** A Tuesday to Thursday that no other test uses. */
function workingDay(): string {
  for (;;) {
    const at = new Date(Date.UTC(2025, 7, 1 + day++));
    if (at.getUTCDay() >= 2 && at.getUTCDay() <= 4) return at.toISOString().slice(0, 10);
  }
}
const at = (date: string, time: string) => new Date(`${date}T${time}+05:00`);
const rowOf = ({ id, kaspiOperationId, customerId, amount, mcc, at: when }: BookedPayment): WrittenRow => ({
  ...{ mppPaymentId: id, kaspiOperationId, customerId, amount, mcc, at: when },
});
const backOf = (payment: BookedPayment, refund: BookedRefund, given: Partial<WrittenRow> = {}): WrittenRow => ({
  ...rowOf(payment),
  ...{ type: 'Возврат', amount: refund.amount, at: refund.at, kaspiOperationId: refund.kaspiOperationId },
  ...given,
});

describe('what a registry says', () => {
  let world: RegistryWorld;
  beforeAll(async () => {
    world = await RegistryWorld.start();
  });
  afterAll(() => world.stop());

  const paid = (date: string, given: Partial<BookedPayment> = {}) =>
    world.books.payment({ at: at(date, '12:00:00'), ...given });
  const refunded = (payment: BookedPayment, date: string, time: string, given: Partial<BookedRefund> = {}) =>
    world.books.refund(payment, { at: at(date, time), amount: 100n * TENGE, kaspiOperationId: null, ...given });

  describe('of refunds whose Kaspi id the books do not know', () => {
    it('is the same when the file is sent again', async () => {
      const date = workingDay();
      const payment = await paid(date);
      const refund = await refunded(payment, date, '13:00:00');
      const back = backOf(payment, refund, { kaspiOperationId: 'QR5001' });
      expect(await world.receiveRegistry('DAILY', [rowOf(payment), back])).toMatchObject({
        matched: 2,
        discrepancies: 0,
      });
      expect(await world.receiveRegistry('DAILY', [back, rowOf(payment)])).toMatchObject({
        matched: 2,
        discrepancies: 0,
      });
    });

    it('is a second refund where another day has it under another id', async () => {
      const [first, second] = [workingDay(), workingDay()];
      const payment = await paid(first);
      const refund = await refunded(payment, first, '13:00:00');
      await world.receiveRegistry('DAILY', [rowOf(payment), backOf(payment, refund, { kaspiOperationId: 'QR5002' })]);
      const again = backOf(payment, refund, { kaspiOperationId: 'QR5003', at: at(second, '13:00:00') });
      expect(await world.discrepancyLines((await world.receiveRegistry('DAILY', [again])).id)).toEqual([
        'MISSING_AT_MPP | 3 | - | Возврат 100.00',
      ]);
    });

    it('does not take a refund of another week for one that the books lack', async () => {
      const first = workingDay();
      day += 7;
      const second = workingDay();
      const payment = await paid(first);
      const later = await refunded(payment, second, '13:00:00');
      const unknown = backOf(payment, later, { kaspiOperationId: 'QR5004', amount: 7n, at: at(first, '14:00:00') });
      const early = await world.receiveRegistry('DAILY', [rowOf(payment), unknown]);
      expect(await world.discrepancyLines(early.id)).toEqual(['MISSING_AT_MPP | 4 | - | Возврат 0.07']);
      const late = await world.receiveRegistry('DAILY', [backOf(payment, later, { kaspiOperationId: 'QR5005' })]);
      expect(late.discrepancies).toBe(0);
    });
  });

  it('of a refund with another Kaspi id than the books have is another refund, however alike they are', async () => {
    const date = workingDay();
    const payment = await paid(date);
    const refund = await refunded(payment, date, '13:00:00', { kaspiOperationId: 'QR6001' });
    const other = backOf(payment, refund, { kaspiOperationId: 'QR6002' });
    const registry = await world.receiveRegistry('DAILY', [rowOf(payment), other]);
    expect(await world.discrepancyLines(registry.id)).toEqual([
      'MISSING_AT_MPP | 4 | - | Возврат 100.00',
      'MISSING_AT_KASPI | - | Возврат 100.00 | -',
    ]);
  });

  it('of a refund that was in another day’s registry already is a duplicate: Kaspi would take it twice', async () => {
    const [first, second] = [workingDay(), workingDay()];
    const payment = await paid(first);
    const refund = await refunded(payment, first, '13:00:00', { kaspiOperationId: 'QR6003' });
    await world.receiveRegistry('DAILY', [rowOf(payment), backOf(payment, refund)]);
    const again = await world.receiveRegistry('DAILY', [backOf(payment, refund, { at: at(second, '13:00:00') })]);
    expect(await world.discrepancyLines(again.id)).toEqual(['DUPLICATE_ROW | 3 | registry.xlsx, row 4 | 100.00']);
  });

  it('and what cannot be read of it says nothing against the books', async () => {
    const date = workingDay();
    const [payment, reversed] = [await paid(date), await paid(date, { status: 'REVERSED' })];
    const unreadable: WrittenRow = { ...rowOf(payment), type: 'Что-то' as 'Покупка', amount: 7n };
    const registry = await world.receiveRegistry('DAILY', [
      unreadable,
      rowOf(payment),
      { ...rowOf(reversed), confirmed: 'наверное' },
    ]);
    expect(registry).toMatchObject({ discrepancies: 0, rowErrors: 2 });
  });

  it('of a payment in doubt is not believed where a row without a date says НЕТ', async () => {
    const date = workingDay();
    const payment = await paid(date, { status: 'IN_DOUBT' });
    const undated = { ...rowOf(payment), confirmed: 'НЕТ', at: new Date(Number.NaN) };
    await world.receiveRegistry('DAILY', [undated, rowOf(payment)]);
    expect(await world.database.query('select status from qr_payments where id = $1', [payment.id])).toEqual([
      { status: 'IN_DOUBT' },
    ]);
  });

  it('nothing of, is a difference once an operator has confirmed it: doubt may be absent, what was paid may not', async () => {
    const date = workingDay();
    const [payment, doubtful] = [await paid(date), await paid(date, { status: 'IN_DOUBT' })];
    const registry = await world.receiveRegistry('DAILY', [rowOf(payment)]);
    expect(registry.discrepancies).toBe(0);
    expect((await world.server.mpp.resolve(doubtful.id, 'CONFIRMED')).status).toBe(200);
    for (let look = 0; look < 2; look++) await world.reconciliation.recheckDiscrepancies();
    const differences = await world.listDiscrepancies(registry.id);
    expect(differences.map(({ kind, mppPaymentId, status }) => [kind, mppPaymentId, status])).toEqual([
      ['MISSING_AT_KASPI', doubtful.id, 'OPEN'],
    ]);
  });

  it('of an operation twice in a month and once in its day is a duplicate, and the sums of the day agree', async () => {
    const date = '2024-11-06';
    const payment = await paid(date);
    await world.receiveRegistry('DAILY', [rowOf(payment)]);
    const monthly = await world.receiveRegistry('MONTHLY', [rowOf(payment), rowOf(payment)]);
    expect(await world.discrepancyLines(monthly.id)).toEqual(['DUPLICATE_ROW | 4 | row 3 | 1000.00']);
  });

  it('of a day corrected to НЕТ is what the month is summed up against', async () => {
    const date = '2024-12-04';
    const [one, two] = [await paid(date), await paid(date, { status: 'REVERSED' })];
    await world.receiveRegistry('DAILY', [rowOf(one), rowOf(two)]);
    world.clock.advance(1000);
    const corrected = [rowOf(one), { ...rowOf(two), confirmed: 'НЕТ' }];
    expect((await world.receiveRegistry('DAILY', corrected)).discrepancies).toBe(0);
    expect((await world.receiveRegistry('MONTHLY', corrected)).discrepancies).toBe(0);
  });

  it('and a person resolved stays resolved, and their note stays, however often it is looked at again', async () => {
    const date = workingDay();
    const payment = await paid(date, { status: 'REVERSED' });
    const registry = await world.receiveRegistry('DAILY', [
      rowOf(payment),
      { ...rowOf(payment), mppPaymentId: 'x', kaspiOperationId: null },
    ]);
    const [one, two] = await world.listDiscrepancies(registry.id);
    await world.send('PATCH', `discrepancies/${one?.id}`, { status: 'RESOLVED', note: 'Kaspi has paid it back' });
    await world.send('PATCH', `discrepancies/${two?.id}`, { status: 'OPEN', note: 'asked Kaspi' });
    for (let look = 0; look < 2; look++) await world.reconciliation.recheckDiscrepancies();
    expect((await world.listDiscrepancies(registry.id)).map(({ status, note }) => [status, note])).toEqual([
      ['RESOLVED', 'Kaspi has paid it back'],
      ['OPEN', 'asked Kaspi'],
    ]);
  });
});
