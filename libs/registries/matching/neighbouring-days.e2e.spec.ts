import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { almatyTime, bookPayments, newWorkingDays, paymentRow } from '../../../test/support/registry-days.js';
import { type DiscrepancyBody, RegistryFixture } from '../../../test/support/registry-fixture.js';

const days = newWorkingDays('2025-01-13');

let fixture: RegistryFixture;
beforeAll(async () => {
  fixture = await RegistryFixture.start();
});
afterAll(() => fixture.stop());

describe('The registry of the next day', () => {
  /** A payment at 23:59:58 by our clock and at 00:00:01 of the next day by Kaspi's. */
  const midnightPayment = async () => {
    const [monday, tuesday] = [days.next(), days.next()].sort() as [string, string];
    const midnight = await fixture.books.payment({ at: almatyTime(monday, '23:59:58') });
    const [ofMonday, ofTuesday] = [await bookPayments(fixture, monday), await bookPayments(fixture, tuesday)];
    const next = new Date(almatyTime(monday, '23:59:59').getTime() + 2000);
    return {
      monday: () => fixture.receiveRegistry('DAILY', ofMonday.map(paymentRow)),
      tuesday: () =>
        fixture.receiveRegistry('DAILY', [{ ...paymentRow(midnight), at: next }, ...ofTuesday.map(paymentRow)]),
    };
  };

  it('explains a missing payment: the discrepancy closes with the row that explains it', async () => {
    const registries = await midnightPayment();
    const monday = await registries.monday();
    expect(await fixture.discrepancyLines(monday.id)).toEqual(['MISSING_AT_KASPI | - | Покупка 1000.00 | -']);
    const tuesday = await registries.tuesday();
    expect(tuesday.discrepancies).toBe(0);
    const [closed] = await fixture.listDiscrepancies(monday.id);
    expect(closed).toMatchObject({ status: 'EXPLAINED', note: 'registry.xlsx, 3' });
    const { history } = (await fixture.get<DiscrepancyBody>(`discrepancies/${closed?.id}`)).body;
    expect(history?.map(({ actor, status }) => [actor, status])).toEqual([
      [null, 'OPEN'],
      [null, 'EXPLAINED'],
    ]);
    expect(await fixture.registry(monday.id)).toMatchObject({ discrepancies: 1, openDiscrepancies: 0 });
  });

  it('leaves no discrepancy if it is received first', async () => {
    const registries = await midnightPayment();
    expect((await registries.tuesday()).discrepancies).toBe(0);
    expect((await registries.monday()).discrepancies).toBe(0);
  });

  it('has a DUPLICATE_ROW if both list the operation as confirmed', async () => {
    const [first, second] = [days.next(), days.next()];
    const [one, two] = [await bookPayments(fixture, first), await bookPayments(fixture, second)];
    await fixture.receiveRegistry('DAILY', one.map(paymentRow));
    const again = { ...paymentRow(one[0]), at: almatyTime(second, '12:30:00') };
    const registry = await fixture.receiveRegistry('DAILY', [...two.map(paymentRow), again]);
    expect(await fixture.discrepancyLines(registry.id)).toEqual([
      'DUPLICATE_ROW | 6 | registry.xlsx, row 3 | 16900.00',
    ]);
  });
});

describe('The totals of a month', () => {
  it('are those of its days, and are checked again when a daily registry is received later', async () => {
    const [first, second] = ['2024-10-08', '2024-10-09'];
    const [one, two] = [await bookPayments(fixture, first), await bookPayments(fixture, second)];
    await fixture.receiveRegistry('DAILY', one.map(paymentRow));
    const forgotten = await fixture.books.payment({ at: almatyTime(first, '18:00:00') });
    const monthly = await fixture.receiveRegistry('MONTHLY', [...one, forgotten, ...two].map(paymentRow));
    expect(monthly).toMatchObject({ kind: 'MONTHLY', period: { from: '2024-10-01', to: '2024-10-31' } });
    expect(await fixture.discrepancyLines(monthly.id)).toEqual([
      'TOTAL_MISMATCH | - | 2024-10-08: 3, 20180.00 | 2024-10-08: 4, 21180.00',
    ]);
    await fixture.receiveRegistry('DAILY', two.slice(1).map(paymentRow));
    expect((await fixture.discrepancyLines(monthly.id)).at(-1)).toBe(
      'TOTAL_MISMATCH | - | 2024-10-09: 2, 3280.00 | 2024-10-09: 3, 20180.00',
    );
    await fixture.receiveRegistry('DAILY', [...one, forgotten].map(paymentRow));
    expect(await fixture.discrepancyLines(monthly.id)).toContain(
      'TOTAL_MISMATCH | - | 2024-10-08: 3, 20180.00 | 2024-10-08: 4, 21180.00 | EXPLAINED',
    );
  });

  it('are checked again if the registry of the day before the month lists its first minutes', async () => {
    const [before, first] = ['2025-09-30', '2025-10-01'];
    const late = await fixture.books.payment({ at: almatyTime(before, '12:00:00') });
    const [midnight, noon] = [
      await fixture.books.payment({ at: almatyTime(first, '00:00:03') }),
      await fixture.books.payment({ at: almatyTime(first, '12:00:00') }),
    ];
    await fixture.receiveRegistry('DAILY', [paymentRow(noon)]);
    const monthly = await fixture.receiveRegistry('MONTHLY', [midnight, noon].map(paymentRow));
    expect(await fixture.discrepancyLines(monthly.id)).toEqual([
      'TOTAL_MISMATCH | - | 2025-10-01: 1, 1000.00 | 2025-10-01: 2, 2000.00',
    ]);
    await fixture.receiveRegistry('DAILY', [late, midnight].map(paymentRow));
    expect(await fixture.discrepancyLines(monthly.id)).toEqual([
      'TOTAL_MISMATCH | - | 2025-10-01: 1, 1000.00 | 2025-10-01: 2, 2000.00 | EXPLAINED',
    ]);
  });
});
