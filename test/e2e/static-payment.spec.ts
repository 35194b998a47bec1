import { describe, expect, it } from '@jest/globals';
import { paymentFixture } from '../support/payment-fixture.js';

const fixture = paymentFixture({ BACKGROUND_WORK: 'off', MAX_PAYMENT_AMOUNT: '5000.00' });
const { customer, deliver, notifyBodies } = fixture;

describe('a Static QR payment', () => {
  it('gets its amount from the customer, sends it to the PS, and ends CONFIRMED (R2, R4)', async () => {
    const alia = await customer();
    const scanned = (await alia.scan(`static-${alia.id}`)).body;
    expect(scanned).toMatchObject({ qrCodeType: 'Static', payment: { status: 'AWAITING_AMOUNT', amount: null } });
    const confirmed = await alia.confirm(scanned.payment.id, { amount: '150', expectedAmount: '150.00' });
    expect(confirmed).toMatchObject({ status: 200, body: { status: 'CONFIRMED', amount: '150.00' } });
    expect(notifyBodies()).toMatchObject([{ result: { resultCode: 'SUCCESS' }, payment: { paymentAmount: '150.00' } }]);
    expect(await alia.balance()).toBe('850.00');
  });

  it.each([
    { what: 'no amount', request: {}, status: 422, code: 'AMOUNT_INVALID' },
    { what: 'a zero amount', request: { amount: '0.00' }, status: 422, code: 'AMOUNT_INVALID' },
    { what: 'tiyn (R3)', request: { amount: '150.50' }, status: 422, code: 'AMOUNT_NOT_WHOLE' },
    { what: 'more than MAX_PAYMENT_AMOUNT', request: { amount: '5001' }, status: 422, code: 'LIMIT_EXCEEDED' },
    { what: 'a negative amount', request: { amount: '-1' }, status: 400, code: 'VALIDATION_FAILED' },
    { what: 'a comma', request: { amount: '150,00' }, status: 400, code: 'VALIDATION_FAILED' },
    { what: 'a number', request: { amount: 150 }, status: 400, code: 'VALIDATION_FAILED' },
    {
      what: 'another expected amount',
      request: { amount: '150', expectedAmount: '151' },
      status: 409,
      code: 'AMOUNT_CHANGED',
    },
  ])(
    'with $what is refused and changes nothing: a valid amount is accepted afterwards',
    async ({ request, status, code }) => {
      const alia = await customer('9000.00');
      const { id } = (await alia.scan(`static-${alia.id}`)).body.payment;
      const before = await fixture.database.query('select * from qr_payments where id = $1', [id]);
      expect(await alia.confirm(id, request)).toMatchObject({ status, body: { code } });
      expect(await fixture.database.query('select * from qr_payments where id = $1', [id])).toEqual(before);
      expect(notifyBodies()).toEqual([]);
      expect((await alia.confirm(id, { amount: '5000' })).body).toMatchObject({
        status: 'CONFIRMED',
        amount: '5000.00',
      });
      expect(await alia.balance()).toBe('4000.00');
    },
  );

  it('confirmed again, with any amount, is shown unchanged', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`static-${alia.id}`)).body.payment;
    await alia.confirm(id, { amount: '100' });
    for (const request of [{ amount: '100' }, { amount: '200' }, { amount: '0.50' }, {}])
      expect(await alia.confirm(id, request)).toMatchObject({
        status: 200,
        body: { status: 'CONFIRMED', amount: '100.00' },
      });
    expect(await alia.balance()).toBe('900.00');
    expect(notifyBodies()).toHaveLength(1);
  });

  it('without enough money is DECLINED with the amount that was entered, and the PS is notified of it (R4, R15)', async () => {
    const alia = await customer('99.00');
    const { id } = (await alia.scan(`static-${alia.id}`)).body.payment;
    const declined = await alia.confirm(id, { amount: '100' });
    expect(declined.body).toMatchObject({
      status: 'DECLINED',
      amount: '100.00',
      failure: { code: 'INSUFFICIENT_FUNDS' },
    });
    await deliver();
    expect(notifyBodies()).toMatchObject([
      { result: { resultCode: 'PROCESS_FAIL' }, payment: { paymentAmount: '100.00' } },
    ]);
  });
});
