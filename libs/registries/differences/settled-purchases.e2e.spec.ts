import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { DifferencesFixture } from '../../../test/support/differences-fixture.js';
import { ACCEPTED, PsRefunds } from '../../../test/support/ps-refunds.js';

// The rows of the table in docs/accounting/differences.md about purchases.

let fixture: DifferencesFixture;

beforeAll(async () => {
  fixture = await DifferencesFixture.start();
});

beforeEach(() => fixture.beginDay());

afterAll(() => fixture.stop());

/** Opens an account with 2000.00 for the customer. */
const open = (customerId: string) => fixture.registries.server.mpp.open(customerId, '2000.00');

describe('MISSING_AT_MPP: a purchase that only Kaspi has', () => {
  it('is taken up as a claim on the difference account; no customer is debited', async () => {
    const payment = await fixture.pay();
    const row = fixture.unknownRow({ kaspiOperationId: 'QR100001', customerId: '77' });
    const discrepancy = await fixture.listOne('MISSING_AT_MPP', fixture.row(payment), row);
    expect((await fixture.day()).agrees).toBe(false);
    const { settlement } = await fixture.settled(discrepancy, 'TAKE_UP');
    expect(await fixture.entries(settlement?.reference ?? null)).toEqual([
      'DIFFERENCE DIFFERENCES → PAYABLE_TO_KASPI 700.00',
    ]);
    await fixture.expectEnded();
  });

  it('is debited from the customer whose account the operator names', async () => {
    const account = await open('900077');
    const row = fixture.unknownRow({ kaspiOperationId: 'QR100002', customerId: '900077' });
    const discrepancy = await fixture.listOne('MISSING_AT_MPP', row);
    const { settlement } = await fixture.settled(discrepancy, 'TAKE_UP', account);
    expect(await fixture.entries(settlement?.reference ?? null)).toEqual([
      'DIFFERENCE DIFFERENCES → PAYABLE_TO_KASPI 700.00',
      'DIFFERENCE_DEBIT CUSTOMER → DIFFERENCES 700.00',
    ]);
    expect(await fixture.balanceOf('900077')).toBe('1300.00');
    await fixture.expectEnded();
  });

  it('is not debited from another customer, nor more than the balance: nothing changes', async () => {
    const [other, poor] = [await open('900078'), await fixture.registries.server.mpp.open('900079', '699.99')];
    const row = fixture.unknownRow({ kaspiOperationId: 'QR100003', customerId: '900079' });
    const discrepancy = await fixture.listOne('MISSING_AT_MPP', row);
    expect(await fixture.settle(discrepancy, 'TAKE_UP', other)).toMatchObject({
      status: 422,
      body: { code: 'ACCOUNT_UNUSABLE' },
    });
    expect(await fixture.settle(discrepancy, 'TAKE_UP', poor)).toMatchObject({
      status: 409,
      body: { detail: 'На счёте клиента недостаточно денег.' },
    });
    expect([await fixture.balanceOf('900078'), await fixture.balanceOf('900079')]).toEqual(['2000.00', '699.99']);
    expect((await fixture.day()).agrees).toBe(false);
    await fixture.settled(discrepancy, 'BOOK_DIFFERENCE');
    await fixture.expectEnded();
  });

  it('that is taken up is known in the month’s registry and in a file that is sent again', async () => {
    const row = fixture.unknownRow({ kaspiOperationId: 'QR100004' });
    await fixture.settled(await fixture.listOne('MISSING_AT_MPP', row), 'TAKE_UP');
    const month = await fixture.registries.receiveRegistry('MONTHLY', [{ ...row, fee: 140n, rate: '0,20' }]);
    const kinds = (await fixture.registries.listDiscrepancies(month.id)).map(({ kind }) => kind);
    expect(kinds).not.toContain('MISSING_AT_MPP');
    for (const { id, status } of await fixture.registries.listDiscrepancies(month.id)) {
      if (status === 'OPEN') await fixture.settled({ id }, 'EXPLAIN');
    }
    const payment = await fixture.pay();
    expect(await fixture.list(row, fixture.row(payment))).toEqual([]);
    await fixture.expectEnded();
  });
});

describe('MISSING_AT_KASPI: a payment that only the books have', () => {
  it('is given back to the customer', async () => {
    const [listed, payment] = [await fixture.pay(), await fixture.pay()];
    const discrepancy = await fixture.listOne('MISSING_AT_KASPI', fixture.row(listed));
    expect((await fixture.settled(discrepancy, 'GIVE_BACK')).settlement?.reference).toBe(payment.id);
    expect((await fixture.entries(payment.id)).slice(2)).toEqual([
      'DIFFERENCE PAYABLE_TO_KASPI → DIFFERENCES 1000.00',
      'DIFFERENCE_CREDIT DIFFERENCES → CUSTOMER 1000.00',
    ]);
    expect(await fixture.balanceOf(payment.customerId)).toBe('1000.00');
    await fixture.expectEnded();
  });

  it('of which a part was refunded is given back without that part', async () => {
    const payment = await fixture.pay();
    const refund = await fixture.refund(payment, 30_000n);
    const [missing] = await fixture.list(fixture.refundRow(payment, refund));
    expect(missing?.kind).toBe('MISSING_AT_KASPI');
    await fixture.settled({ id: missing?.id ?? '' }, 'GIVE_BACK');
    expect(await fixture.balanceOf(payment.customerId)).toBe('1000.00');
    await fixture.expectEnded();
  });

  it('stays debited if only the difference is booked', async () => {
    const [listed, payment] = [await fixture.pay(), await fixture.pay()];
    await fixture.settled(await fixture.listOne('MISSING_AT_KASPI', fixture.row(listed)), 'BOOK_DIFFERENCE');
    expect(await fixture.balanceOf(payment.customerId)).toBe('0.00');
    await fixture.expectEnded();
  });
});

describe('AMOUNT_MISMATCH', () => {
  it('with less at Kaspi gives the customer the rest', async () => {
    const payment = await fixture.pay();
    await fixture.settled(
      await fixture.listOne('AMOUNT_MISMATCH', fixture.row(payment, { amount: 90_000n })),
      'GIVE_BACK',
    );
    expect((await fixture.entries(payment.id)).slice(2)).toEqual([
      'DIFFERENCE PAYABLE_TO_KASPI → DIFFERENCES 100.00',
      'DIFFERENCE_CREDIT DIFFERENCES → CUSTOMER 100.00',
    ]);
    expect(await fixture.balanceOf(payment.customerId)).toBe('100.00');
    await fixture.expectEnded();
  });

  it('with more at Kaspi is a claim, or is debited from the customer’s account', async () => {
    const [claimed, debited] = [await fixture.pay(), await fixture.pay()];
    const account = await open(debited.customerId);
    const [first, second] = await fixture.list(
      fixture.row(claimed, { amount: 110_000n }),
      fixture.row(debited, { amount: 110_000n }),
    );
    await fixture.settled({ id: first?.id ?? '' }, 'TAKE_UP');
    await fixture.settled({ id: second?.id ?? '' }, 'TAKE_UP', account);
    expect([await fixture.balanceOf(claimed.customerId), await fixture.balanceOf(debited.customerId)]).toEqual([
      '0.00',
      '1900.00',
    ]);
    await fixture.expectEnded();
  });

  it('can be booked as a difference in both directions', async () => {
    const [more, less] = [await fixture.pay(), await fixture.pay()];
    const found = await fixture.list(fixture.row(more, { amount: 110_000n }), fixture.row(less, { amount: 99_999n }));
    for (const each of found) await fixture.settled(each, 'BOOK_DIFFERENCE');
    await fixture.expectEnded();
  });
});

describe('STATUS_MISMATCH', () => {
  it('ДА for a reversed payment is a claim', async () => {
    const payment = await fixture.pay({ status: 'REVERSED' });
    await fixture.settled(await fixture.listOne('STATUS_MISMATCH', fixture.row(payment)), 'TAKE_UP');
    expect(await fixture.balanceOf(payment.customerId)).toBe('1000.00');
    await fixture.expectEnded();
  });

  it('ДА for a reversed payment can be debited from the customer; a later refund of it is credited', async () => {
    const payment = await fixture.pay({ status: 'REVERSED' });
    const account = await fixture.accountOf(payment.customerId);
    await fixture.settled(await fixture.listOne('STATUS_MISMATCH', fixture.row(payment)), 'TAKE_UP', account);
    expect(await fixture.balanceOf(payment.customerId)).toBe('0.00');
    await fixture.expectEnded();
    const [row] = await fixture.registries.database.query<{ purchase: string }>(
      'select kaspi_payment_id as purchase from qr_payments where id = $1',
      [payment.id],
    );
    const { kaspiUrl, app } = fixture.registries.server;
    const refund = { paymentId: row?.purchase, customerId: payment.customerId, refundAmount: '40.00' };
    expect((await new PsRefunds(`${kaspiUrl}/refund`).refund(refund)).result).toEqual(ACCEPTED);
    await app.get(Outbox, { strict: false }).drainOnce();
    expect(await fixture.balanceOf(payment.customerId)).toBe('40.00');
  });

  it.each(['DECLINED', 'CANCELLED'])(
    'ДА for a payment that is %s, and was never debited, is a claim',
    async (status) => {
      const payment = await fixture.pay({ status });
      await fixture.settled(await fixture.listOne('STATUS_MISMATCH', fixture.row(payment)), 'TAKE_UP');
      await fixture.expectEnded();
    },
  );

  it('ДА for a payment whose money waits in suspense is a claim; the customer gets the money all the same', async () => {
    const { mpp, app } = fixture.registries.server;
    const payment = await fixture.pay({ status: 'IN_DOUBT' });
    const account = await fixture.accountOf(payment.customerId);
    const change = async (status: string) =>
      fixture.registries.send('PATCH', `accounts/${account}`, { status, reason: 'a request' }, 'admin');
    expect((await change('BLOCKED')).status).toBe(200);
    expect((await mpp.resolve(payment.id, 'REVERSED')).body).toMatchObject({ status: 'REVERSING' });
    const discrepancy = await fixture.listOne('STATUS_MISMATCH', fixture.row(payment));
    expect((await fixture.settle(discrepancy, 'TAKE_UP', account)).status).toBe(409);
    await fixture.settled(discrepancy, 'TAKE_UP');
    await fixture.expectEnded();
    expect((await change('OPEN')).status).toBe(200);
    fixture.registries.clock.advance(60_000);
    await app.get(Outbox, { strict: false }).drainOnce();
    expect(await fixture.balanceOf(payment.customerId)).toBe('1000.00');
    await fixture.expectEnded();
  });

  it('НЕТ for a confirmed payment gives it back, whatever else the row says', async () => {
    const payment = await fixture.pay();
    await fixture.settled(
      await fixture.listOne('STATUS_MISMATCH', fixture.row(payment, { confirmed: 'НЕТ', amount: 1n, customerId: '1' })),
      'GIVE_BACK',
    );
    expect(await fixture.balanceOf(payment.customerId)).toBe('1000.00');
    await fixture.expectEnded();
  });

  it('НЕТ for a payment in doubt gives it back, as the resolution of the doubt does', async () => {
    const payment = await fixture.pay({ status: 'IN_DOUBT' });
    const row = fixture.row(payment, { confirmed: 'НЕТ' });
    const discrepancy = await fixture.listOne('STATUS_MISMATCH', row);
    expect(await fixture.settle(discrepancy, 'BOOK_DIFFERENCE')).toMatchObject({ status: 409 });
    await fixture.settled(discrepancy, 'GIVE_BACK');
    expect(await fixture.balanceOf(payment.customerId)).toBe('1000.00');
    expect((await fixture.entries(payment.id)).slice(1)).toEqual(['REVERSAL IN_TRANSIT → CUSTOMER 1000.00']);
    await fixture.expectEnded();
  });

  it('ДА for a payment in doubt with another amount is confirmed first, then its amount is settled', async () => {
    const payment = await fixture.pay({ status: 'IN_DOUBT' });
    const found = await fixture.list(fixture.row(payment, { amount: 90_000n }));
    const of = (kind: string) => ({ id: found.find((each) => each.kind === kind)?.id ?? '' });
    expect(await fixture.settle(of('AMOUNT_MISMATCH'), 'GIVE_BACK')).toMatchObject({
      status: 409,
      body: { detail: 'Платёж ещё не завершён: сначала дождитесь его исхода или решите сомнение.' },
    });
    await fixture.settled(of('STATUS_MISMATCH'), 'CONFIRM');
    await fixture.settled(of('AMOUNT_MISMATCH'), 'GIVE_BACK');
    expect(await fixture.balanceOf(payment.customerId)).toBe('100.00');
    await fixture.expectEnded();
  });
});
