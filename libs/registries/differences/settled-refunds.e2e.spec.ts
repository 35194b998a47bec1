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
      ...{ paymentId: await fixture.purchaseOf(payment), customerId: payment.customerId, refundId: 'RefLate' },
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
      ...{ paymentId: await fixture.purchaseOf(payment), customerId: payment.customerId, refundId: 'RefOther' },
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
        ...{ paymentId: await fixture.purchaseOf(payment), customerId: payment.customerId, refundId: `RefRace${time}` },
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
      ...{ paymentId: await fixture.purchaseOf(payment), customerId: payment.customerId, refundId: 'RefRefused' },
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

  it('of a payment that we reversed is not paid out to the customer, who has the money, even if the operator names the account', async () => {
    const payment = await fixture.pay({ status: 'REVERSED' });
    const purchase = fixture.row(payment);
    const row = { ...purchase, type: 'Возврат', fee: 0n, kaspiOperationId: `QR${++operations}` } as const;
    const missing = (await fixture.list(purchase, row)).find(({ kind }) => kind === 'MISSING_AT_MPP');
    const account = await fixture.accountOf(payment.customerId);
    expect(await fixture.settle({ id: missing?.id ?? '' }, 'TAKE_UP', account)).toMatchObject({
      ...{ status: 422, body: { code: 'ACCOUNT_UNUSABLE' } },
    });
    expect(await fixture.balanceOf(payment.customerId)).toBe('1000.00');
    await fixture.settled({ id: missing?.id ?? '' }, 'TAKE_UP');
    expect(await fixture.balanceOf(payment.customerId)).toBe('1000.00');
  });

  it('is not taken up while the clock of the process is wrong: the customer’s hour would be another one', async () => {
    const payment = await fixture.pay();
    const row = fixture.row(payment, {
      ...{ type: 'Возврат', amount: 30_000n, fee: 0n, kaspiOperationId: `QR${++operations}` },
    });
    const discrepancy = await fixture.listOne('MISSING_AT_MPP', fixture.row(payment), row);
    const { clock } = fixture.registries;
    clock.set(12 * 3_600_000);
    expect(await fixture.settle(discrepancy, 'TAKE_UP')).toMatchObject({
      ...{ status: 503, body: { code: 'SERVICE_UNAVAILABLE' } },
    });
    clock.set(0);
    await fixture.settled(discrepancy, 'TAKE_UP');
    await deliver();
    expect(await fixture.balanceOf(payment.customerId)).toBe('300.00');
    await fixture.expectEnded();
  });

  it('and that Kaspi’s corrected registry took back is not answered SUCCESS without a credit if the PS sends it then', async () => {
    const payment = await fixture.pay();
    const operation = `QR${++operations}`;
    const row = fixture.row(payment, { type: 'Возврат', amount: 30_000n, fee: 0n, kaspiOperationId: operation });
    await fixture.settled(await fixture.listOne('MISSING_AT_MPP', fixture.row(payment), row), 'TAKE_UP');
    await deliver();
    const withdrawn = await fixture.listOne('STATUS_MISMATCH', fixture.row(payment), { ...row, confirmed: 'НЕТ' });
    const account = await fixture.accountOf(payment.customerId);
    await fixture.settled(withdrawn, 'GIVE_BACK', account);
    expect(await fixture.balanceOf(payment.customerId)).toBe('0.00');
    const answer = await ps().refund({
      ...{ paymentId: await fixture.purchaseOf(payment), customerId: payment.customerId, refundId: 'RefTakenBack' },
      ...{ refundAmount: '300.00', pdfReceipt: `https://receipt.kaspi.kz/pdf?extTranId=${operation}` },
    });
    expect(answer.result?.resultCode).toBe('PARAM_ILLEGAL');
    const alerts = await fixture.registries.database.query(`select details ->> 'refusal' as refusal from alerts
      where kind = 'REFUND_REFUSED' and subject = 'RefTakenBack'`);
    expect(alerts).toEqual([{ refusal: 'TAKEN_UP' }]);
    // The next registry lists it again, and the operator credits it.
    const listed = await fixture.listOne('STATUS_MISMATCH', fixture.row(payment), row);
    await fixture.settled(listed, 'TAKE_UP');
    expect(await fixture.balanceOf(payment.customerId)).toBe('300.00');
    await fixture.expectEnded();
  });

  it('of a purchase for which the operator debited the customer of a cancelled payment is credited as one of Kaspi’s request is', async () => {
    const payment = await fixture.pay({ status: 'CANCELLED' });
    const account = await fixture.registries.server.mpp.open(payment.customerId, '1000.00');
    const purchase = fixture.row(payment);
    await fixture.settled(await fixture.listOne('STATUS_MISMATCH', purchase), 'TAKE_UP', account);
    expect(await fixture.balanceOf(payment.customerId)).toBe('0.00');
    const row = { ...purchase, type: 'Возврат', fee: 0n, kaspiOperationId: `QR${++operations}` } as const;
    const missing = (await fixture.list(purchase, row)).find(({ kind }) => kind === 'MISSING_AT_MPP');
    expect(await fixture.settle({ id: missing?.id ?? '' }, 'TAKE_UP', account)).toMatchObject({ status: 422 });
    await fixture.settled({ id: missing?.id ?? '' }, 'TAKE_UP');
    await deliver();
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
