import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { DifferencesFixture } from '../../../test/support/differences-fixture.js';
import { ACCEPTED, PsRefunds } from '../../../test/support/ps-refunds.js';

// The rows of the table in docs/accounting/differences.md about refunds.

let fixture: DifferencesFixture;

beforeAll(async () => {
  fixture = await DifferencesFixture.start();
});

beforeEach(() => fixture.beginDay());

afterAll(() => fixture.stop());

const deliver = () => fixture.registries.server.app.get(Outbox, { strict: false }).drainOnce();
const purchaseOf = async (payment: { id: string }) => {
  const [row] = await fixture.registries.database.query<{ purchase: string }>(
    'select kaspi_payment_id as purchase from qr_payments where id = $1',
    [payment.id],
  );
  return row?.purchase ?? '';
};
const ps = () => new PsRefunds(`${fixture.registries.server.kaspiUrl}/refund`);
let operations = 200_000;

describe('MISSING_AT_MPP: a refund that only Kaspi has', () => {
  it('of a payment of ours is taken up: credited once, also when the PS sends it later', async () => {
    const payment = await fixture.pay();
    const operation = `QR${++operations}`;
    const row = fixture.row(payment, { type: 'Возврат', amount: 30_000n, fee: 0n, kaspiOperationId: operation });
    const discrepancy = await fixture.listOne('MISSING_AT_MPP', fixture.row(payment), row);
    await fixture.settled(discrepancy, 'TAKE_UP');
    await deliver();
    expect(await fixture.balanceOf(payment.customerId)).toBe('300.00');
    const request = {
      ...{ paymentId: await purchaseOf(payment), customerId: payment.customerId, refundId: 'RefLate' },
      ...{ refundAmount: '300.00', pdfReceipt: `https://receipt.kaspi.kz/pdf?extTranId=${operation}` },
    };
    const answers = await Promise.all(Array.from({ length: 5 }, () => ps().refund(request)));
    expect(answers.map(({ result }) => result)).toEqual(Array.from({ length: 5 }, () => ACCEPTED));
    await deliver();
    expect(await fixture.balanceOf(payment.customerId)).toBe('300.00');
    expect((await ps().refund({ ...request, refundId: 'RefNext' })).result).toEqual(ACCEPTED);
    await deliver();
    expect(await fixture.balanceOf(payment.customerId)).toBe('600.00');
    const found = await fixture.registries.database.query(
      'select refund_id from refunds where payment_id = $1 order by created_at, taken_up_at nulls last',
      [payment.id],
    );
    expect(found).toEqual([{ refund_id: 'RefLate' }, { refund_id: 'RefNext' }]);
  });

  it('of a payment of ours ends with agreeing books', async () => {
    const payment = await fixture.pay();
    const row = fixture.row(payment, {
      type: 'Возврат',
      amount: 30_000n,
      fee: 0n,
      kaspiOperationId: `QR${++operations}`,
    });
    await fixture.settled(await fixture.listOne('MISSING_AT_MPP', fixture.row(payment), row), 'TAKE_UP');
    await deliver();
    await fixture.expectEnded();
  });

  it('and that the PS sends with another amount is refused, and operators are alerted', async () => {
    const payment = await fixture.pay();
    const operation = `QR${++operations}`;
    const row = fixture.row(payment, { type: 'Возврат', amount: 30_000n, fee: 0n, kaspiOperationId: operation });
    await fixture.settled(await fixture.listOne('MISSING_AT_MPP', fixture.row(payment), row), 'TAKE_UP');
    const answer = await ps().refund({
      ...{ paymentId: await purchaseOf(payment), customerId: payment.customerId, refundId: 'RefOther' },
      ...{ refundAmount: '250.00', pdfReceipt: `https://receipt.kaspi.kz/pdf?extTranId=${operation}` },
    });
    expect(answer.result?.resultCode).toBe('PARAM_ILLEGAL');
    const alerts = await fixture.registries.database.query(`select details ->> 'refusal' as refusal from alerts
      where kind = 'REFUND_REFUSED' and subject = 'RefOther'`);
    expect(alerts).toEqual([{ refusal: 'TAKEN_UP' }]);
    await deliver();
    expect(await fixture.balanceOf(payment.customerId)).toBe('300.00');
  });

  it('and that the PS sends at the same moment is credited once, whichever comes first', async () => {
    for (let time = 0; time < 4; time++) {
      fixture.beginDay();
      const payment = await fixture.pay();
      const operation = `QR${++operations}`;
      const row = fixture.row(payment, { type: 'Возврат', amount: 30_000n, fee: 0n, kaspiOperationId: operation });
      const discrepancy = await fixture.listOne('MISSING_AT_MPP', fixture.row(payment), row);
      const request = {
        ...{ paymentId: await purchaseOf(payment), customerId: payment.customerId, refundId: `RefRace${time}` },
        ...{ refundAmount: '300.00', pdfReceipt: `https://receipt.kaspi.kz/pdf?extTranId=${operation}` },
      };
      const [answer, settled] = await Promise.all([ps().refund(request), fixture.settle(discrepancy, 'TAKE_UP')]);
      expect(answer.result).toEqual(ACCEPTED);
      expect([200, 409]).toContain(settled.status);
      await deliver();
      expect(await fixture.balanceOf(payment.customerId)).toBe('300.00');
      const refunds = await fixture.registries.database.query('select 1 from refunds where payment_id = $1', [
        payment.id,
      ]);
      expect(refunds).toHaveLength(1);
    }
  });

  it('and that was refused before pays once, taken up and decided again', async () => {
    const payment = await fixture.pay();
    const operation = `QR${++operations}`;
    const request = {
      ...{ paymentId: await purchaseOf(payment), customerId: payment.customerId, refundId: 'RefRefused' },
      ...{ refundAmount: '300.00', pdfReceipt: `https://receipt.kaspi.kz/pdf?extTranId=${operation}` },
    };
    expect((await ps().refund({ ...request, linkReceipt: undefined })).result?.resultCode).toBe('PARAM_ILLEGAL');
    const row = fixture.row(payment, { type: 'Возврат', amount: 30_000n, fee: 0n, kaspiOperationId: operation });
    await fixture.settled(await fixture.listOne('MISSING_AT_MPP', fixture.row(payment), row), 'TAKE_UP');
    const recheck = { reason: 'the link was missing' };
    const allowed = await fixture.registries.send('POST', 'refunds/RefRefused/recheck', recheck, 'operations');
    expect(allowed.status).toBe(200);
    expect((await ps().refund(request)).result).toEqual(ACCEPTED);
    expect((await ps().refund(request)).result).toEqual(ACCEPTED);
    await deliver();
    expect(await fixture.balanceOf(payment.customerId)).toBe('300.00');
  });

  it('of a payment that we reversed is settled against the reversal', async () => {
    const payment = await fixture.pay({ status: 'REVERSED' });
    const purchase = fixture.row(payment);
    const row = { ...purchase, type: 'Возврат', fee: 0n, kaspiOperationId: `QR${++operations}` } as const;
    const found = await fixture.list(purchase, row);
    for (const each of found) if (each.kind === 'MISSING_AT_MPP') await fixture.settled(each, 'TAKE_UP');
    for (const each of found) if (each.kind === 'STATUS_MISMATCH') await fixture.settle(each, 'BOOK_DIFFERENCE');
    expect(await fixture.balanceOf(payment.customerId)).toBe('1000.00');
    await fixture.expectEnded();
  });

  it('of an unknown payment is Kaspi’s debt, credited if the operator names an account', async () => {
    const account = await fixture.registries.server.mpp.open('900091', '0.00');
    const refund = { type: 'Возврат', fee: 0n, rate: '' } as const;
    const found = await fixture.list(
      fixture.unknownRow({ ...refund, kaspiOperationId: `QR${++operations}`, amount: 20_000n, customerId: '900091' }),
      fixture.unknownRow({ ...refund, kaspiOperationId: `QR${++operations}`, amount: 10_000n }),
      fixture.unknownRow({ kaspiOperationId: `QR${++operations}`, amount: 50_000n }),
    );
    const [credited, claimed, purchase] = found.filter(({ kind }) => kind === 'MISSING_AT_MPP');
    const { settlement } = await fixture.settled({ id: credited?.id ?? '' }, 'TAKE_UP', account);
    expect(await fixture.entries(settlement?.reference ?? null)).toEqual([
      'DIFFERENCE RECEIVABLE_FROM_KASPI → DIFFERENCES 200.00',
      'DIFFERENCE_CREDIT DIFFERENCES → CUSTOMER 200.00',
    ]);
    await fixture.settled({ id: claimed?.id ?? '' }, 'TAKE_UP');
    await fixture.settled({ id: purchase?.id ?? '' }, 'TAKE_UP');
    expect(await fixture.balanceOf('900091')).toBe('200.00');
    await fixture.expectEnded();
  });
});

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
