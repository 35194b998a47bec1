import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BookedPayment } from '../../../test/support/books.js';
import { almatyTime, bookPayments, newWorkingDays, paymentRow } from '../../../test/support/registry-days.js';
import type { WrittenRow } from '../../../test/support/registry-files.js';
import { RegistryFixture } from '../../../test/support/registry-fixture.js';

const days = newWorkingDays('2025-01-13');

let fixture: RegistryFixture;
beforeAll(async () => {
  fixture = await RegistryFixture.start();
});
afterAll(() => fixture.stop());

describe('The row of a payment in doubt', () => {
  const doubtful = async (confirmed: string, given: Partial<WrittenRow> = {}) => {
    const date = days.next();
    const payment = await fixture.books.payment({ at: almatyTime(date, '12:00:00'), status: 'IN_DOUBT' });
    const others = await bookPayments(fixture, date);
    const registry = await fixture.receiveRegistry('DAILY', [
      { ...paymentRow(payment), confirmed, ...given },
      ...others.map(paymentRow),
    ]);
    return { payment, registry, others };
  };
  const statusOf = async ({ id }: BookedPayment) =>
    (
      await fixture.database.query<{ status: string; settled_by: string | null }>(
        'select status, settled_by from qr_payments where id = $1',
        [id],
      )
    )[0];
  const alertsOf = async ({ id }: BookedPayment) => {
    const rows = await fixture.database.query<{ kind: string }>('select kind from alerts where subject = $1', [id]);
    return rows.map(({ kind }) => kind);
  };
  const entriesOf = async ({ id }: BookedPayment) => {
    const rows = await fixture.database.query<{ purpose: string }>(
      'select purpose from ledger_entries where reference = $1 order by id',
      [id],
    );
    return rows.map(({ purpose }) => purpose);
  };

  it('with ДА confirms it once, in any number and order of registries', async () => {
    const { payment, registry, others } = await doubtful('ДА');
    expect(registry.discrepancies).toBe(0);
    expect(await statusOf(payment)).toEqual({ status: 'CONFIRMED', settled_by: 'REGISTRY' });
    const [first, ...rest] = others;
    await fixture.receiveRegistry('DAILY', [paymentRow(first), paymentRow(payment), ...rest.map(paymentRow)]);
    expect(await entriesOf(payment)).toEqual(['PAYMENT', 'SETTLEMENT']);
  });

  it('with НЕТ only proposes a reversal, which operations decide', async () => {
    const { payment, registry } = await doubtful('НЕТ');
    expect(await statusOf(payment)).toMatchObject({ status: 'IN_DOUBT' });
    expect(await fixture.discrepancyLines(registry.id)).toEqual(['STATUS_MISMATCH | 3 | IN_DOUBT | НЕТ']);
    expect((await fixture.listDiscrepancies(registry.id))[0]).toMatchObject({ proposal: 'REVERSE' });
    expect(await alertsOf(payment)).toEqual(['REGISTRY_PROPOSES_REVERSAL']);
    expect((await fixture.server.mpp.resolve(payment.id, 'REVERSED')).status).toBe(200);
    await fixture.reconciliation.recheckDiscrepancies();
    expect(await fixture.discrepancyLines(registry.id)).toEqual(['STATUS_MISMATCH | 3 | IN_DOUBT | НЕТ | EXPLAINED']);
  });

  it('with НЕТ does not prevent the confirmation by ДА in a newer file', async () => {
    const { payment, registry, others } = await doubtful('НЕТ');
    fixture.clock.advance(1000);
    await fixture.receiveRegistry('DAILY', [...others.map(paymentRow), paymentRow(payment)]);
    expect(await statusOf(payment)).toEqual({ status: 'CONFIRMED', settled_by: 'REGISTRY' });
    await fixture.reconciliation.recheckDiscrepancies();
    expect(await fixture.discrepancyLines(registry.id)).toEqual(['STATUS_MISMATCH | 3 | CONFIRMED | НЕТ']);
  });

  it('may be absent: that is no discrepancy and no proposal', async () => {
    const date = days.next();
    const payment = await fixture.books.payment({ at: almatyTime(date, '12:00:00'), status: 'IN_DOUBT' });
    const registry = await fixture.receiveRegistry('DAILY', (await bookPayments(fixture, date)).map(paymentRow));
    expect(registry.discrepancies).toBe(0);
    expect(await statusOf(payment)).toMatchObject({ status: 'IN_DOUBT' });
    expect(await alertsOf(payment)).toEqual([]);
  });

  it('with ДА and another amount or customer does not confirm it', async () => {
    for (const wrong of [{ amount: 1n }, { customerId: '5' }]) {
      const { payment, registry } = await doubtful('ДА', wrong);
      expect(await statusOf(payment)).toMatchObject({ status: 'IN_DOUBT' });
      expect((await fixture.discrepancyLines(registry.id)).map((line) => line.split(' ')[0])).toEqual([
        'amount' in wrong ? 'AMOUNT_MISMATCH' : 'CUSTOMER_MISMATCH',
        'STATUS_MISMATCH',
      ]);
    }
  });

  it('with ДА confirms it also if the payment becomes in doubt after the registry was compared', async () => {
    const date = days.next();
    const payment = await fixture.books.payment({ at: almatyTime(date, '12:00:00'), status: 'PROCESSING' });
    const registry = await fixture.receiveRegistry('DAILY', [paymentRow(payment)]);
    expect(await fixture.discrepancyLines(registry.id)).toEqual(['STATUS_MISMATCH | 3 | PROCESSING | ДА']);
    await fixture.database.query(
      `update qr_payments set status = 'IN_DOUBT', doubted_at = $2, version = version + 1 where id = $1`,
      [payment.id, payment.at],
    );
    await fixture.reconciliation.recheckDiscrepancies();
    expect(await statusOf(payment)).toEqual({ status: 'CONFIRMED', settled_by: 'REGISTRY' });
    expect(await fixture.registry(registry.id)).toMatchObject({ openDiscrepancies: 0 });
  });

  it('with ДА changes nothing if the payment is reversed: it raises an alert', async () => {
    const date = days.next();
    const payment = await fixture.books.payment({ at: almatyTime(date, '12:00:00'), status: 'REVERSED' });
    const registry = await fixture.receiveRegistry('DAILY', [paymentRow(payment)]);
    await fixture.reconciliation.recheckDiscrepancies();
    expect(await fixture.discrepancyLines(registry.id)).toEqual(['STATUS_MISMATCH | 3 | REVERSED | ДА']);
    expect(await statusOf(payment)).toMatchObject({ status: 'REVERSED' });
    expect(await entriesOf(payment)).toEqual(['PAYMENT', 'REVERSAL']);
    expect(await alertsOf(payment)).toEqual(['REGISTRY_CONTRADICTS']);
  });
});
