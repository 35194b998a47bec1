import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DifferencesFixture } from '../../../test/support/differences-fixture.js';

// The rows of the table in docs/accounting/differences.md about refunds that the books have.

let fixture: DifferencesFixture;

beforeAll(async () => {
  fixture = await DifferencesFixture.start();
});

beforeEach(() => fixture.beginDay());

afterAll(() => fixture.stop());

describe('MISSING_AT_KASPI and НЕТ: a refund that only the books have', () => {
  it.each([
    ['BOOK_DIFFERENCE', '300.00'],
    ['GIVE_BACK', '0.00'],
  ])('is ended by %s; the customer then has %s of it', async (action, balance) => {
    const payment = await fixture.pay();
    const refund = await fixture.refund(payment, 30_000n);
    const discrepancy = await fixture.listOne('MISSING_AT_KASPI', fixture.row(payment));
    const account = await fixture.accountOf(payment.customerId);
    await fixture.settled(discrepancy, action, action === 'GIVE_BACK' ? account : undefined);
    expect((await fixture.entries(refund.id)).slice(1)).toEqual([
      'DIFFERENCE DIFFERENCES → RECEIVABLE_FROM_KASPI 300.00',
      ...(action === 'GIVE_BACK' ? ['DIFFERENCE_DEBIT CUSTOMER → DIFFERENCES 300.00'] : []),
    ]);
    expect(await fixture.balanceOf(payment.customerId)).toBe(balance);
    await fixture.expectEnded();
  });

  it('is not taken back from the customer unless the operator names the account', async () => {
    const payment = await fixture.pay();
    const refund = await fixture.refund(payment, 30_000n);
    const row = fixture.refundRow(payment, refund, { confirmed: 'НЕТ' });
    const discrepancy = await fixture.listOne('STATUS_MISMATCH', fixture.row(payment), row);
    expect(await fixture.settle(discrepancy, 'GIVE_BACK')).toMatchObject({
      status: 409,
      body: { detail: 'Укажите счёт (accountId): без него с клиента ничего не списывается.' },
    });
    await fixture.settled(discrepancy, 'BOOK_DIFFERENCE');
    expect(await fixture.balanceOf(payment.customerId)).toBe('300.00');
    await fixture.expectEnded();
  });
});

describe('A refund of Kaspi whose customer has the money already', () => {
  it('by an earlier refund that became a claim is SUCCESS, against the differences', async () => {
    const payment = await fixture.pay();
    const refund = await fixture.refund(payment, 100_000n);
    const row = fixture.refundRow(payment, refund, { confirmed: 'НЕТ' });
    const discrepancy = await fixture.listOne('STATUS_MISMATCH', fixture.row(payment), row);
    await fixture.settled(discrepancy, 'BOOK_DIFFERENCE');
    const operation = 'QR300001';
    expect(await fixture.refundByKaspi(payment, '1000.00', operation)).toBe('SUCCESS');
    expect(await fixture.refundByKaspi(payment, '1000.00', operation)).toBe('SUCCESS');
    expect(await fixture.balanceOf(payment.customerId)).toBe('1000.00');
    const again = fixture.row(payment, { type: 'Возврат', fee: 0n, kaspiOperationId: operation });
    expect(await fixture.list(fixture.row(payment), row, again)).toEqual([]);
    expect((await fixture.registries.server.mpp.trialBalance()).balanced).toBe(true);
  });

  it('of the part that only Kaspi has of a purchase is SUCCESS, against the differences', async () => {
    const payment = await fixture.pay();
    const row = fixture.row(payment, { amount: 130_000n });
    await fixture.settled(await fixture.listOne('AMOUNT_MISMATCH', row), 'BOOK_DIFFERENCE');
    expect(await fixture.refundByKaspi(payment, '1000.00', 'QR300002')).toBe('SUCCESS');
    expect(await fixture.refundByKaspi(payment, '300.00', 'QR300003')).toBe('SUCCESS');
    expect(await fixture.balanceOf(payment.customerId)).toBe('1000.00');
    const refund = (amount: bigint, kaspiOperationId: string) =>
      fixture.row(payment, { type: 'Возврат', fee: 0n, amount, kaspiOperationId });
    expect(await fixture.list(row, refund(100_000n, 'QR300002'), refund(30_000n, 'QR300003'))).toEqual([]);
    expect((await fixture.registries.server.mpp.trialBalance()).balanced).toBe(true);
  });
});

describe('A refund of Kaspi that is larger than what its customer has paid and not got back', () => {
  it('is refused; taken up from the registry with an account, it gives them that, once', async () => {
    const payment = await fixture.pay();
    const purchase = fixture.row(payment, { amount: 130_000n });
    await fixture.settled(await fixture.listOne('AMOUNT_MISMATCH', purchase), 'BOOK_DIFFERENCE');
    expect(await fixture.refundByKaspi(payment, '1300.00', 'QR300004')).toBe('PARAM_ILLEGAL');
    const refund = fixture.row(payment, { type: 'Возврат', fee: 0n, amount: 130_000n, kaspiOperationId: 'QR300004' });
    const discrepancy = await fixture.listOne('MISSING_AT_MPP', purchase, refund);
    expect((await fixture.settle(discrepancy, 'TAKE_UP')).status).toBe(409);
    const account = await fixture.accountOf(payment.customerId);
    await fixture.settled(discrepancy, 'TAKE_UP', account);
    await fixture.settled(discrepancy, 'TAKE_UP', account);
    expect(await fixture.balanceOf(payment.customerId)).toBe('1000.00');
    expect(await fixture.refundByKaspi(payment, '1300.00', 'QR300004')).toBe('PARAM_ILLEGAL');
    expect(await fixture.balanceOf(payment.customerId)).toBe('1000.00');
    await fixture.expectEnded();
  });
});

describe('AMOUNT_MISMATCH of a refund', () => {
  it.each([
    [40_000n, 'TAKE_UP', '400.00'],
    [40_000n, 'BOOK_DIFFERENCE', '300.00'],
    [20_000n, 'BOOK_DIFFERENCE', '300.00'],
    [20_000n, 'GIVE_BACK', '200.00'],
  ] as const)('with %s tiyn at Kaspi is ended by %s; the customer then has %s', async (amount, action, balance) => {
    const payment = await fixture.pay();
    const refund = await fixture.refund(payment, 30_000n);
    const row = fixture.refundRow(payment, refund, { amount });
    const discrepancy = await fixture.listOne('AMOUNT_MISMATCH', fixture.row(payment), row);
    const account = await fixture.accountOf(payment.customerId);
    await fixture.settled(discrepancy, action, action === 'GIVE_BACK' ? account : undefined);
    expect(await fixture.balanceOf(payment.customerId)).toBe(balance);
    await fixture.expectEnded();
  });
});

describe('CUSTOMER_MISMATCH of a refund', () => {
  it.each([
    ['TAKE_UP', '900092', ['300.00', '300.00']],
    ['GIVE_BACK', '900093', ['0.00', '0.00']],
  ] as const)('is ended by %s', async (action, other, balances) => {
    const payment = await fixture.pay();
    const account = await fixture.registries.server.mpp.open(other, '0.00');
    const refund = await fixture.refund(payment, 30_000n);
    const row = fixture.refundRow(payment, refund, { customerId: other });
    const discrepancy = await fixture.listOne('CUSTOMER_MISMATCH', fixture.row(payment), row);
    await fixture.settled(
      discrepancy,
      action,
      action === 'TAKE_UP' ? account : await fixture.accountOf(payment.customerId),
    );
    expect([await fixture.balanceOf(payment.customerId), await fixture.balanceOf(other)]).toEqual(balances);
    await fixture.expectEnded();
  });
});

describe('FEE_MISMATCH and DUPLICATE_ROW of a refund', () => {
  it('are Kaspi’s fee, and a claim of ours against us', async () => {
    const payment = await fixture.pay();
    const refund = await fixture.refund(payment, 30_000n);
    const row = fixture.refundRow(payment, refund, { fee: -200n, rate: '0,50' });
    const found = await fixture.list(fixture.row(payment), row, row);
    expect(found.map(({ kind }) => kind).sort()).toEqual(['DUPLICATE_ROW', 'FEE_MISMATCH']);
    for (const each of found) if (each.kind === 'FEE_MISMATCH') await fixture.settled(each, 'TAKE_UP');
    for (const each of found) if (each.kind === 'DUPLICATE_ROW') await fixture.settled(each, 'BOOK_DIFFERENCE');
    expect(await fixture.balanceOf(payment.customerId)).toBe('300.00');
    await fixture.expectEnded();
  });
});
