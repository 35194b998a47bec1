import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BookedPayment } from '../../../test/support/books.js';
import { registryFile, type WrittenRow } from '../../../test/support/registry-files.js';
import { type DiscrepancyBody, RegistryWorld } from '../../../test/support/registry-world.js';

const TENGE = 100n;
let day = 0;
/** A working day that no other test uses: Mondays to Thursdays, so that a registry is about one day. */
function workingDay(): string {
  for (;;) {
    const at = new Date(Date.UTC(2025, 0, 13 + day++));
    if (at.getUTCDay() >= 1 && at.getUTCDay() <= 3 && at.getUTCMonth() !== 2 && at.getUTCMonth() !== 4) {
      return at.toISOString().slice(0, 10);
    }
  }
}
const at = (date: string, time: string) => new Date(`${date}T${time}+05:00`);
const rowOf = ({ id, kaspiOperationId, customerId, amount, mcc, at: when }: BookedPayment): WrittenRow => ({
  ...{ mppPaymentId: id, kaspiOperationId, customerId, amount, mcc, at: when },
});

describe('a registry and the books', () => {
  let world: RegistryWorld;
  beforeAll(async () => {
    world = await RegistryWorld.start();
  });
  afterAll(() => world.stop());

  /** Three payments of the day, at noon. */
  const bought = async (date: string, given: Partial<BookedPayment> = {}) => [
    await world.books.payment({ at: at(date, '12:00:00'), amount: 16_900n * TENGE, mcc: '8021', ...given }),
    await world.books.payment({ at: at(date, '12:01:00'), amount: 1_650n * TENGE, mcc: '7032', ...given }),
    await world.books.payment({ at: at(date, '12:02:00'), amount: 1_630n * TENGE, mcc: '5411', ...given }),
  ];

  it('agree where every payment and refund is in both', async () => {
    const date = workingDay();
    const payments = await bought(date);
    const [first] = payments as [BookedPayment];
    const refund = await world.books.refund(first, { at: at(date, '13:00:00'), amount: 900n * TENGE });
    const back: WrittenRow = {
      ...rowOf(first),
      type: 'Возврат',
      kaspiOperationId: refund.kaspiOperationId,
      amount: refund.amount,
      at: refund.at,
    };
    const registry = await world.receiveRegistry('DAILY', [...payments.map(rowOf), back]);
    expect(registry).toMatchObject({ status: 'RECONCILED', kind: 'DAILY', rows: 4, matched: 4, discrepancies: 0 });
    expect(registry.period).toEqual({ from: date, to: date });
  });

  it('differ in each way once, and each says what was expected and what stood there', async () => {
    const date = workingDay();
    const [one, two, three] = (await bought(date)) as [BookedPayment, BookedPayment, BookedPayment];
    const four = await world.books.payment({ at: at(date, '14:00:00'), status: 'REVERSED' });
    const five = await world.books.payment({ at: at(date, '15:00:00') });
    const rows: WrittenRow[] = [
      { ...rowOf(one), amount: 16_900n * TENGE + 50n },
      { ...rowOf(two), customerId: '123' },
      rowOf(four),
      { ...rowOf(five), fee: 151n, rate: '0,50' },
      rowOf(five),
      { at: at(date, '16:00:00'), amount: 7n, kaspiOperationId: 'QR1', mppPaymentId: 'nobody' },
    ];
    const registry = await world.receiveRegistry('DAILY', rows, { amount: 1n });
    expect(await world.discrepancyLines(registry.id)).toEqual([
      'TOTAL_MISMATCH | 2 | 21550.57 | 0.01',
      'AMOUNT_MISMATCH | 3 | 16900.00 | 16900.50',
      `CUSTOMER_MISMATCH | 4 | ${two.customerId} | 123`,
      'STATUS_MISMATCH | 5 | REVERSED | ДА',
      'FEE_MISMATCH | 6 | 5.00 | 1.51',
      'DUPLICATE_ROW | 7 | row 6 | 1000.00',
      'MISSING_AT_MPP | 8 | - | Покупка 0.07',
      'MISSING_AT_KASPI | - | Покупка 1630.00 | -',
    ]);
    expect((await world.listDiscrepancies(registry.id)).at(-1)?.mppPaymentId).toBe(three.id);
    expect(await world.registry(registry.id)).toMatchObject({ rows: 6, matched: 5, discrepancies: 8 });
  });

  it('the same file is the same registry, and changes nothing', async () => {
    const date = workingDay();
    const file = await registryFile('DAILY', (await bought(date)).map(rowOf));
    const first = await world.server.mpp.upload(file, 'one.xlsx');
    expect(first.status).toBe(202);
    await world.processing.drainOnce();
    const again = await world.server.mpp.upload(file, 'another.xlsx');
    expect([again.status, again.body.id]).toEqual([200, first.body.id]);
    expect(await world.processing.drainOnce()).toBe(0);
    expect(await world.registry(first.body.id)).toMatchObject({ name: 'one.xlsx', status: 'RECONCILED' });
  });

  describe('of the neighbouring day', () => {
    /** At 23:59:58 by our clock and at 00:00:01 of the next day by Kaspi's. */
    const atMidnight = async () => {
      const [monday, tuesday] = [workingDay(), workingDay()].sort() as [string, string];
      const midnight = await world.books.payment({ at: at(monday, '23:59:58') });
      const [ofMonday, ofTuesday] = [await bought(monday), await bought(tuesday)];
      const next = new Date(at(monday, '23:59:59').getTime() + 2000);
      return {
        monday: () => world.receiveRegistry('DAILY', ofMonday.map(rowOf)),
        tuesday: () => world.receiveRegistry('DAILY', [{ ...rowOf(midnight), at: next }, ...ofTuesday.map(rowOf)]),
      };
    };

    it('explains what was missing: the difference closes by itself, with where it was found', async () => {
      const days = await atMidnight();
      const monday = await days.monday();
      expect(await world.discrepancyLines(monday.id)).toEqual(['MISSING_AT_KASPI | - | Покупка 1000.00 | -']);
      const tuesday = await days.tuesday();
      expect(tuesday.discrepancies).toBe(0);
      const [closed] = await world.listDiscrepancies(monday.id);
      expect(closed).toMatchObject({ status: 'EXPLAINED', note: 'registry.xlsx, 3' });
      const { history } = (await world.get<DiscrepancyBody>(`discrepancies/${closed?.id}`)).body;
      expect(history?.map(({ actor, status }) => [actor, status])).toEqual([
        [null, 'OPEN'],
        [null, 'EXPLAINED'],
      ]);
      expect(await world.registry(monday.id)).toMatchObject({ discrepancies: 1, openDiscrepancies: 0 });
    });

    it('coming first leaves nothing to explain', async () => {
      const days = await atMidnight();
      expect((await days.tuesday()).discrepancies).toBe(0);
      expect((await days.monday()).discrepancies).toBe(0);
    });

    it('with the same operation once more, and both confirmed, has a duplicate', async () => {
      const [first, second] = [workingDay(), workingDay()];
      const [one, two] = [await bought(first), await bought(second)];
      await world.receiveRegistry('DAILY', one.map(rowOf));
      const again = { ...rowOf(one[0] as BookedPayment), at: at(second, '12:30:00') };
      const registry = await world.receiveRegistry('DAILY', [...two.map(rowOf), again]);
      expect(await world.discrepancyLines(registry.id)).toEqual([
        'DUPLICATE_ROW | 6 | registry.xlsx, row 3 | 16900.00',
      ]);
    });
  });

  describe('of a payment in doubt', () => {
    const doubtful = async (confirmed: string, given: Partial<WrittenRow> = {}) => {
      const date = workingDay();
      const payment = await world.books.payment({ at: at(date, '12:00:00'), status: 'IN_DOUBT' });
      const others = await bought(date);
      const registry = await world.receiveRegistry('DAILY', [
        { ...rowOf(payment), confirmed, ...given },
        ...others.map(rowOf),
      ]);
      return { payment, registry, others };
    };
    const statusOf = async ({ id }: BookedPayment) =>
      (
        await world.database.query<{ status: string; settled_by: string | null }>(
          'select status, settled_by from qr_payments where id = $1',
          [id],
        )
      )[0];
    const alertsOf = async ({ id }: BookedPayment) => {
      const rows = await world.database.query<{ kind: string }>('select kind from alerts where subject = $1', [id]);
      return rows.map(({ kind }) => kind);
    };
    const entriesOf = async ({ id }: BookedPayment) => {
      const rows = await world.database.query<{ purpose: string }>(
        'select purpose from ledger_entries where reference = $1 order by id',
        [id],
      );
      return rows.map(({ purpose }) => purpose);
    };

    it('ДА confirms it, once, however often and in whatever order registries come', async () => {
      const { payment, registry, others } = await doubtful('ДА');
      expect(registry.discrepancies).toBe(0);
      expect(await statusOf(payment)).toEqual({ status: 'CONFIRMED', settled_by: 'REGISTRY' });
      const [first, ...rest] = others as [BookedPayment, ...BookedPayment[]];
      await world.receiveRegistry('DAILY', [rowOf(first), rowOf(payment), ...rest.map(rowOf)]);
      expect(await entriesOf(payment)).toEqual(['PAYMENT', 'SETTLEMENT']);
    });

    it('НЕТ only proposes to reverse it, to operations, who then do', async () => {
      const { payment, registry } = await doubtful('НЕТ');
      expect(await statusOf(payment)).toMatchObject({ status: 'IN_DOUBT' });
      expect(await world.discrepancyLines(registry.id)).toEqual(['STATUS_MISMATCH | 3 | IN_DOUBT | НЕТ']);
      expect((await world.listDiscrepancies(registry.id))[0]).toMatchObject({ proposal: 'REVERSE' });
      expect(await alertsOf(payment)).toEqual(['REGISTRY_PROPOSES_REVERSAL']);
      expect((await world.server.mpp.resolve(payment.id, 'REVERSED')).status).toBe(200);
      await world.reconciliation.recheckDiscrepancies();
      expect(await world.discrepancyLines(registry.id)).toEqual(['STATUS_MISMATCH | 3 | IN_DOUBT | НЕТ | EXPLAINED']);
    });

    it('НЕТ of a file that Kaspi corrects stands in the way no longer: ДА of the newer one confirms it', async () => {
      const { payment, registry, others } = await doubtful('НЕТ');
      world.clock.advance(1000);
      await world.receiveRegistry('DAILY', [...others.map(rowOf), rowOf(payment)]);
      expect(await statusOf(payment)).toEqual({ status: 'CONFIRMED', settled_by: 'REGISTRY' });
      await world.reconciliation.recheckDiscrepancies();
      expect(await world.discrepancyLines(registry.id)).toEqual(['STATUS_MISMATCH | 3 | CONFIRMED | НЕТ']);
    });

    it('absence proposes nothing, and is no difference', async () => {
      const date = workingDay();
      const payment = await world.books.payment({ at: at(date, '12:00:00'), status: 'IN_DOUBT' });
      const registry = await world.receiveRegistry('DAILY', (await bought(date)).map(rowOf));
      expect(registry.discrepancies).toBe(0);
      expect(await statusOf(payment)).toMatchObject({ status: 'IN_DOUBT' });
      expect(await alertsOf(payment)).toEqual([]);
    });

    it('ДА with another amount, or of another customer, confirms nothing', async () => {
      for (const wrong of [{ amount: 1n }, { customerId: '5' }]) {
        const { payment, registry } = await doubtful('ДА', wrong);
        expect(await statusOf(payment)).toMatchObject({ status: 'IN_DOUBT' });
        expect((await world.discrepancyLines(registry.id)).map((line) => line.split(' ')[0])).toEqual([
          'amount' in wrong ? 'AMOUNT_MISMATCH' : 'CUSTOMER_MISMATCH',
          'STATUS_MISMATCH',
        ]);
      }
    });

    it('that falls into doubt after its registry has come is confirmed too', async () => {
      const date = workingDay();
      const payment = await world.books.payment({ at: at(date, '12:00:00'), status: 'PROCESSING' });
      const registry = await world.receiveRegistry('DAILY', [rowOf(payment)]);
      expect(await world.discrepancyLines(registry.id)).toEqual(['STATUS_MISMATCH | 3 | PROCESSING | ДА']);
      await world.database.query(
        `update qr_payments set status = 'IN_DOUBT', doubted_at = $2, version = version + 1 where id = $1`,
        [payment.id, payment.at],
      );
      await world.reconciliation.recheckDiscrepancies();
      expect(await statusOf(payment)).toEqual({ status: 'CONFIRMED', settled_by: 'REGISTRY' });
      expect(await world.registry(registry.id)).toMatchObject({ openDiscrepancies: 0 });
    });

    it('that was given back and is ДА is never touched: it is the loudest difference', async () => {
      const date = workingDay();
      const payment = await world.books.payment({ at: at(date, '12:00:00'), status: 'REVERSED' });
      const registry = await world.receiveRegistry('DAILY', [rowOf(payment)]);
      await world.reconciliation.recheckDiscrepancies();
      expect(await world.discrepancyLines(registry.id)).toEqual(['STATUS_MISMATCH | 3 | REVERSED | ДА']);
      expect(await statusOf(payment)).toMatchObject({ status: 'REVERSED' });
      expect(await entriesOf(payment)).toEqual(['PAYMENT', 'REVERSAL']);
      expect(await alertsOf(payment)).toEqual(['REGISTRY_CONTRADICTS']);
    });
  });

  it('a month is summed up against its days, and a day that comes late is summed up again', async () => {
    const [first, second] = ['2024-10-08', '2024-10-09'];
    const [one, two] = [await bought(first), await bought(second)];
    await world.receiveRegistry('DAILY', one.map(rowOf));
    const forgotten = await world.books.payment({ at: at(first, '18:00:00') });
    const monthly = await world.receiveRegistry('MONTHLY', [...one, forgotten, ...two].map(rowOf));
    expect(monthly).toMatchObject({ kind: 'MONTHLY', period: { from: '2024-10-01', to: '2024-10-31' } });
    expect(await world.discrepancyLines(monthly.id)).toEqual([
      'TOTAL_MISMATCH | - | 2024-10-08: 3, 20180.00 | 2024-10-08: 4, 21180.00',
    ]);
    await world.receiveRegistry('DAILY', two.slice(1).map(rowOf));
    expect((await world.discrepancyLines(monthly.id)).at(-1)).toBe(
      'TOTAL_MISMATCH | - | 2024-10-09: 2, 3280.00 | 2024-10-09: 3, 20180.00',
    );
    await world.receiveRegistry('DAILY', [...one, forgotten].map(rowOf));
    expect(await world.discrepancyLines(monthly.id)).toContain(
      'TOTAL_MISMATCH | - | 2024-10-08: 3, 20180.00 | 2024-10-08: 4, 21180.00 | EXPLAINED',
    );
  });

  it('a month is summed up again where its first minutes stand in the registry of the day before it', async () => {
    const [before, first] = ['2025-09-30', '2025-10-01'];
    const late = await world.books.payment({ at: at(before, '12:00:00') });
    const [midnight, noon] = [
      await world.books.payment({ at: at(first, '00:00:03') }),
      await world.books.payment({ at: at(first, '12:00:00') }),
    ];
    await world.receiveRegistry('DAILY', [rowOf(noon)]);
    const monthly = await world.receiveRegistry('MONTHLY', [midnight, noon].map(rowOf));
    expect(await world.discrepancyLines(monthly.id)).toEqual([
      'TOTAL_MISMATCH | - | 2025-10-01: 1, 1000.00 | 2025-10-01: 2, 2000.00',
    ]);
    await world.receiveRegistry('DAILY', [late, midnight].map(rowOf));
    expect(await world.discrepancyLines(monthly.id)).toEqual([
      'TOTAL_MISMATCH | - | 2025-10-01: 1, 1000.00 | 2025-10-01: 2, 2000.00 | EXPLAINED',
    ]);
  });

  it('several refunds of one payment are told apart without Kaspi’s ids', async () => {
    const date = workingDay();
    const [payment] = (await bought(date)) as [BookedPayment];
    const refunds = [];
    for (const [time, amount] of [
      ['13:00:00', 5n],
      ['14:00:00', 7n],
      ['15:00:00', 5n],
    ] as const) {
      refunds.push(await world.books.refund(payment, { at: at(date, time), amount, kaspiOperationId: null }));
    }
    const rows = refunds.map(
      ({ amount, at: when }, index): WrittenRow => ({
        ...rowOf(payment),
        ...{ type: 'Возврат', amount, at: when, kaspiOperationId: `QR55${index}` },
      }),
    );
    const all = await world.receiveRegistry('DAILY', [rowOf(payment), ...rows]);
    expect((await world.discrepancyLines(all.id)).filter((line) => line.includes('Возврат'))).toEqual([]);
    expect(all.matched).toBe(4);
  });
});
