import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DifferencesFixture } from '../../../test/support/differences-fixture.js';
import type { WrittenRow } from '../../../test/support/registry-files.js';

// What Kaspi lists otherwise after operators settled it: each customer pays once, whoever has the operation in the end (R40).

let fixture: DifferencesFixture;

beforeAll(async () => {
  fixture = await DifferencesFixture.start();
});

beforeEach(() => fixture.beginDay());

afterAll(() => fixture.stop());

let operations = 500_000;
let others = 900_500;

/** A payment of 1000.00 of a customer who has nothing else, and another customer with 5000.00. */
async function twoCustomers() {
  const payment = await fixture.pay();
  const other = String(++others);
  const account = await fixture.registries.server.mpp.open(other, '5000.00');
  const own = await fixture.accountOf(payment.customerId);
  const balances = async () => [await fixture.balanceOf(payment.customerId), await fixture.balanceOf(other)];
  const settle = async (kind: string, action: string, named: string | undefined, ...rows: WrittenRow[]) =>
    fixture.settled(await fixture.listOne(kind, ...rows), action, named);
  return { payment, other, account, own, balances, settle };
}

describe('a purchase that was taken from another customer, whom Kaspi named,', () => {
  async function taken() {
    const context = await twoCustomers();
    const row = fixture.row(context.payment, { customerId: context.other });
    await context.settle('CUSTOMER_MISMATCH', 'TAKE_UP', context.account, row);
    expect(await context.balances()).toEqual(['1000.00', '4000.00']);
    return { ...context, row };
  }

  it('and that Kaspi lists for the first one again goes back to them', async () => {
    const { payment, own, balances, settle } = await taken();
    await settle('CUSTOMER_MISMATCH', 'TAKE_UP', own, fixture.row(payment));
    expect(await balances()).toEqual(['0.00', '5000.00']);
    await fixture.expectEnded();
  });

  it('and that Kaspi withdraws is given back to the one who was debited', async () => {
    const { row, balances, settle } = await taken();
    await settle('STATUS_MISMATCH', 'GIVE_BACK', undefined, { ...row, confirmed: 'НЕТ' });
    expect(await balances()).toEqual(['1000.00', '5000.00']);
    await fixture.expectEnded();
  });

  it('and that Kaspi lists with more or less is debited or given back for the difference only', async () => {
    const { payment, other, account, balances, settle } = await taken();
    const listed = (amount: bigint) => fixture.row(payment, { customerId: other, amount });
    await settle('AMOUNT_MISMATCH', 'TAKE_UP', account, listed(120_000n));
    expect(await balances()).toEqual(['1000.00', '3800.00']);
    await settle('AMOUNT_MISMATCH', 'GIVE_BACK', undefined, listed(80_000n));
    expect(await balances()).toEqual(['1000.00', '4200.00']);
    await fixture.expectEnded();
  });
});

describe('a purchase without a debit that Kaspi lists for another customer', () => {
  it('is taken up as a claim first, then debited from the customer whom Kaspi names', async () => {
    const payment = await fixture.pay({ status: 'CANCELLED' });
    const other = String(++others);
    const account = await fixture.registries.server.mpp.open(other, '5000.00');
    const found = await fixture.list(fixture.row(payment, { customerId: other }));
    for (const kind of ['STATUS_MISMATCH', 'CUSTOMER_MISMATCH']) {
      const discrepancy = found.find((each) => each.kind === kind) ?? { id: '' };
      await fixture.settled(discrepancy, 'TAKE_UP', kind === 'CUSTOMER_MISMATCH' ? account : undefined);
    }
    expect(await fixture.balanceOf(other)).toBe('4000.00');
    await fixture.expectEnded();
  });

  it('and that only a registry has goes from one customer to the other', async () => {
    const [one, two] = [String(++others), String(++others)];
    const accounts = [];
    for (const who of [one, two]) accounts.push(await fixture.registries.server.mpp.open(who, '5000.00'));
    const row = fixture.unknownRow({ kaspiOperationId: `QR${++operations}`, customerId: one });
    await fixture.settled(await fixture.listOne('MISSING_AT_MPP', row), 'TAKE_UP', accounts[0]);
    const mismatch = await fixture.listOne('CUSTOMER_MISMATCH', { ...row, customerId: two });
    await fixture.settled(mismatch, 'TAKE_UP', accounts[1]);
    expect([await fixture.balanceOf(one), await fixture.balanceOf(two)]).toEqual(['5000.00', '4300.00']);
    await fixture.expectEnded();
  });
});

describe('a refund that Kaspi lists for another customer', () => {
  async function refunded() {
    const context = await twoCustomers();
    const booked = await fixture.refund(context.payment, 30_000n);
    const row = (given: Partial<WrittenRow> = {}) => fixture.refundRow(context.payment, booked, given);
    return { ...context, row, purchase: fixture.row(context.payment) };
  }

  it('and then for the first one again is given back to them, once', async () => {
    const { own, other, balances, settle, purchase, row } = await refunded();
    await settle('CUSTOMER_MISMATCH', 'GIVE_BACK', own, purchase, row({ customerId: other }));
    expect(await balances()).toEqual(['0.00', '5000.00']);
    await settle('CUSTOMER_MISMATCH', 'TAKE_UP', own, purchase, row());
    expect(await balances()).toEqual(['300.00', '5000.00']);
  });

  it('and was given to them too is taken back if Kaspi names the first one again: nobody is credited twice', async () => {
    const { account, own, other, balances, settle, purchase, row } = await refunded();
    await settle('CUSTOMER_MISMATCH', 'TAKE_UP', account, purchase, row({ customerId: other }));
    expect(await balances()).toEqual(['300.00', '5300.00']);
    const again = await fixture.listOne('CUSTOMER_MISMATCH', purchase, row());
    expect((await fixture.settle(again, 'TAKE_UP', own)).status).toBe(409);
    await fixture.settled(again, 'GIVE_BACK', account);
    expect(await balances()).toEqual(['300.00', '5000.00']);
  });
});

describe('a refund of which the books were told otherwise', () => {
  it('and that Kaspi does not have is no part of the purchase’s next difference, and can be made again', async () => {
    const payment = await fixture.pay();
    const own = await fixture.accountOf(payment.customerId);
    const booked = await fixture.refund(payment, 40_000n);
    const denied = fixture.refundRow(payment, booked, { confirmed: 'НЕТ' });
    const missing = await fixture.listOne('STATUS_MISMATCH', fixture.row(payment), denied);
    await fixture.settled(missing, 'GIVE_BACK', own);
    expect(await fixture.balanceOf(payment.customerId)).toBe('0.00');
    const less = await fixture.listOne('AMOUNT_MISMATCH', fixture.row(payment, { amount: 80_000n }), denied);
    await fixture.settled(less, 'GIVE_BACK');
    expect(await fixture.balanceOf(payment.customerId)).toBe('200.00');
    expect([await fixture.refundByKaspi(payment, '800.01'), await fixture.refundByKaspi(payment, '800.00')]).toEqual([
      'PARAM_ILLEGAL',
      'SUCCESS',
    ]);
    expect(await fixture.balanceOf(payment.customerId)).toBe('1000.00');
    expect((await fixture.registries.server.mpp.trialBalance()).balanced).toBe(true);
  });

  it('and that Kaspi has in a larger amount counts in that amount', async () => {
    const payment = await fixture.pay();
    const own = await fixture.accountOf(payment.customerId);
    const booked = await fixture.refund(payment, 40_000n);
    const larger = fixture.refundRow(payment, booked, { amount: 60_000n });
    await fixture.settled(await fixture.listOne('AMOUNT_MISMATCH', fixture.row(payment), larger), 'TAKE_UP');
    const more = await fixture.listOne('AMOUNT_MISMATCH', fixture.row(payment, { amount: 120_000n }), larger);
    await fixture.settled(more, 'TAKE_UP', own);
    expect(await fixture.balanceOf(payment.customerId)).toBe('400.00');
    await fixture.expectEnded();
  });

  it('and that was settled against a reversal gives nothing, and takes nothing, whatever its amount', async () => {
    const payment = await fixture.pay({ status: 'REVERSED' });
    const own = await fixture.accountOf(payment.customerId);
    const purchase = fixture.row(payment);
    const operation = { type: 'Возврат', fee: 0n, kaspiOperationId: `QR${++operations}` } as const;
    const row = (given: Partial<WrittenRow>) => ({ ...purchase, ...operation, ...given });
    const [claim, missing] = await fixture.list(purchase, row({ amount: 30_000n }));
    await fixture.settled(claim?.kind === 'STATUS_MISMATCH' ? claim : (missing ?? { id: '' }), 'TAKE_UP');
    await fixture.settled(
      claim?.kind === 'STATUS_MISMATCH' ? (missing ?? { id: '' }) : (claim ?? { id: '' }),
      'TAKE_UP',
    );
    const more = await fixture.listOne('AMOUNT_MISMATCH', purchase, row({ amount: 40_000n }));
    expect((await fixture.settle(more, 'TAKE_UP')).status).toBe(409);
    await fixture.settled(more, 'BOOK_DIFFERENCE');
    const denied = await fixture.listOne('STATUS_MISMATCH', purchase, row({ amount: 40_000n, confirmed: 'НЕТ' }));
    expect((await fixture.settle(denied, 'GIVE_BACK', own)).status).toBe(409);
    await fixture.settled(denied, 'BOOK_DIFFERENCE');
    expect(await fixture.balanceOf(payment.customerId)).toBe('1000.00');
    await fixture.expectEnded();
  });

  it('and that was taken up before its purchase, which nobody paid, is a claim only', async () => {
    const payment = await fixture.pay({ status: 'CANCELLED' });
    const account = await fixture.registries.server.mpp.open(payment.customerId, '1500.00');
    const purchase = fixture.row(payment);
    const row = { ...purchase, type: 'Возврат', fee: 0n, kaspiOperationId: `QR${++operations}` } as const;
    const found = await fixture.list(purchase, row);
    const [missing, claim] = ['MISSING_AT_MPP', 'STATUS_MISMATCH'].map(
      (kind) => found.find((each) => each.kind === kind) ?? { id: '' },
    ) as [{ id: string }, { id: string }];
    expect((await fixture.settle(missing, 'TAKE_UP', account)).status).toBe(409);
    await fixture.settled(missing, 'TAKE_UP');
    expect((await fixture.settle(claim, 'TAKE_UP', account)).status).toBe(409);
    await fixture.settled(claim, 'TAKE_UP');
    expect(await fixture.refundByKaspi(payment, '1000.00')).toBe('PARAM_ILLEGAL');
    await fixture.expectEnded();
    const larger = await fixture.listOne('AMOUNT_MISMATCH', purchase, { ...row, amount: 120_000n });
    expect((await fixture.settle(larger, 'TAKE_UP', account)).status).toBe(409);
    await fixture.settled(larger, 'TAKE_UP');
    expect(await fixture.balanceOf(payment.customerId)).toBe('1500.00');
    expect((await fixture.day()).agrees).toBe(true);
  });
});
