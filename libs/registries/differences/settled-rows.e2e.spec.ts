import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DifferencesFixture, feeOf } from '../../../test/support/differences-fixture.js';

// The rows of the table in docs/accounting/differences.md about customers, fees, second rows and totals.

let fixture: DifferencesFixture;
let operations = 400_000;

beforeAll(async () => {
  fixture = await DifferencesFixture.start();
});

beforeEach(() => fixture.beginDay());

afterAll(() => fixture.stop());

/** Opens an account with 2000.00 for the customer. */
const open = (customerId: string) => fixture.registries.server.mpp.open(customerId, '2000.00');

describe('CUSTOMER_MISMATCH', () => {
  const listed = (payment: Awaited<ReturnType<typeof fixture.pay>>, customerId: string) =>
    fixture.listOne('CUSTOMER_MISMATCH', fixture.row(payment, { customerId }));

  it('moves the amount from the customer whom Kaspi names to the one who paid', async () => {
    const payment = await fixture.pay();
    const account = await open('900081');
    await fixture.settled(await listed(payment, '900081'), 'TAKE_UP', account);
    expect([await fixture.balanceOf(payment.customerId), await fixture.balanceOf('900081')]).toEqual([
      '1000.00',
      '1000.00',
    ]);
    await fixture.expectEnded();
  });

  it('gives the amount back to the customer who paid, as a claim', async () => {
    const payment = await fixture.pay();
    await fixture.settled(await listed(payment, '900082'), 'GIVE_BACK');
    expect(await fixture.balanceOf(payment.customerId)).toBe('1000.00');
    await fixture.expectEnded();
  });
});

describe('FEE_MISMATCH', () => {
  it('is Kaspi’s fee from then on, or also a claim against the fees', async () => {
    const [accepted, claimed] = [await fixture.pay(), await fixture.pay()];
    const [first, second] = await fixture.list(
      fixture.row(accepted, { fee: 700n }),
      fixture.row(claimed, { fee: 700n }),
    );
    await fixture.settled({ id: first?.id ?? '' }, 'TAKE_UP');
    await fixture.settled({ id: second?.id ?? '' }, 'BOOK_DIFFERENCE');
    expect(feeOf(100_000n)).toBe(500n);
    expect([(await fixture.entries(accepted.id)).slice(2), (await fixture.entries(claimed.id)).slice(2)]).toEqual([
      [],
      ['DIFFERENCE DIFFERENCES → FEES 2.00'],
    ]);
    await fixture.expectEnded();
  });
});

describe('DUPLICATE_ROW', () => {
  it('is a claim for the second row, once, also if the file is sent again', async () => {
    const payment = await fixture.pay();
    const rows = [fixture.row(payment), fixture.row(payment)];
    const { settlement } = await fixture.settled(await fixture.listOne('DUPLICATE_ROW', ...rows), 'BOOK_DIFFERENCE');
    expect(await fixture.entries(settlement?.reference ?? null)).toEqual([
      'DIFFERENCE DIFFERENCES → PAYABLE_TO_KASPI 1000.00',
    ]);
    const later = await fixture.pay();
    const again = await fixture.listOne('DUPLICATE_ROW', ...rows, fixture.row(later));
    expect((await fixture.settle(again, 'BOOK_DIFFERENCE')).status).toBe(409);
    await fixture.settled(again, 'EXPLAIN');
    await fixture.expectEnded();
  });
});

describe('TOTAL_MISMATCH', () => {
  it('is explained: the rows count, not “Итоги”', async () => {
    const payment = await fixture.pay();
    await fixture.list(fixture.row(payment));
    const registry = await fixture.registries.receiveRegistry('DAILY', [fixture.row(payment)], { amount: 1n });
    const found = await fixture.registries.listDiscrepancies(registry.id);
    expect(found.map(({ kind }) => kind)).toEqual(['TOTAL_MISMATCH']);
    const discrepancy = { id: found[0]?.id ?? '' };
    expect(await fixture.settle(discrepancy, 'BOOK_DIFFERENCE')).toMatchObject({ status: 409 });
    await fixture.settled(discrepancy, 'EXPLAIN');
    await fixture.expectEnded();
  });
});

describe('a purchase that operators took up', () => {
  const takenUp = async (given: Partial<Parameters<typeof fixture.unknownRow>[0]> = {}) => {
    const row = fixture.unknownRow({ kaspiOperationId: `QR${++operations}`, ...given });
    const missing = (await fixture.list(row)).find(({ kind }) => kind === 'MISSING_AT_MPP');
    await fixture.settled({ id: missing?.id ?? '' }, 'TAKE_UP');
    return row;
  };

  it('with another fee than the tariff’s has Kaspi’s fee after its settlement', async () => {
    const row = await takenUp({ fee: 999n });
    await fixture.settled(await fixture.listOne('FEE_MISMATCH', row), 'TAKE_UP');
    await fixture.expectEnded();
  });

  it('that Kaspi lists with another amount later is owed in that amount', async () => {
    const row = await takenUp();
    const more = { ...row, amount: row.amount + 20_000n, fee: feeOf(row.amount + 20_000n) };
    await fixture.settled(await fixture.listOne('AMOUNT_MISMATCH', more), 'TAKE_UP');
    await fixture.settled(await fixture.listOne('AMOUNT_MISMATCH', row), 'BOOK_DIFFERENCE');
    await fixture.expectEnded();
  });

  it('that Kaspi withdraws is not owed any more', async () => {
    const row = await takenUp();
    const withdrawn = await fixture.listOne('STATUS_MISMATCH', { ...row, confirmed: 'НЕТ' });
    await fixture.settled(withdrawn, 'BOOK_DIFFERENCE');
    await fixture.expectEnded();
  });
});
