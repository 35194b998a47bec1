import { describe, expect, it } from '@jest/globals';
import { FILLED, happyKaspi } from '../support/kaspi-peer.js';
import { paymentFixture } from '../support/payment-fixture.js';

const fixture = paymentFixture();
const { customer } = fixture;
const CHANGED = { status: 409, body: { code: 'AMOUNT_CHANGED' } };

/** What the PS says from now on. */
const pricedAt = (amount: string) => {
  fixture.kaspi.script = happyKaspi({ amount });
};

/** Alia saw 100.00; then Bekzat’s scan of the same purchase names another amount. */
async function repriced(qrCode: string, amount = '150.00') {
  const [alia, bekzat] = [await customer(), await customer()];
  pricedAt('100.00');
  const hers = (await alia.scan(qrCode)).body.payment;
  pricedAt(amount);
  const his = (await bekzat.scan(qrCode)).body.payment;
  expect([hers.amount, his.amount]).toEqual(['100.00', amount]);
  return { alia, bekzat, id: hers.id, his: his.id };
}

describe('a purchase whose price changed after a customer saw it (R43)', () => {
  it('is not debited at either price: the customer is asked again, and then pays the new one', async () => {
    const { alia, id } = await repriced('till-1');
    expect(await alia.confirm(id)).toMatchObject(CHANGED);
    expect(await alia.confirm(id)).toMatchObject(CHANGED);
    expect(await alia.balance()).toBe('1000.00');
    expect(fixture.notifyBodies()).toEqual([]);
    expect((await alia.payment(id)).body).toMatchObject({ status: 'AWAITING_CONFIRMATION', amount: '150.00' });
    expect((await alia.confirm(id)).body).toMatchObject({ status: 'CONFIRMED', amount: '150.00' });
    expect(await alia.balance()).toBe('850.00');
  });

  it('is paid at the new price by an app that names it, and never at the old one', async () => {
    const { alia, id } = await repriced('till-2');
    expect(await alia.confirm(id, { expectedAmount: '100.00' })).toMatchObject(CHANGED);
    expect((await alia.confirm(id, { expectedAmount: '150.00' })).body).toMatchObject({ status: 'CONFIRMED' });
    expect(await alia.balance()).toBe('850.00');
  });

  it('is paid at the new price after the customer’s own scan, which showed it', async () => {
    const { alia, id } = await repriced('till-3');
    const again = await alia.scan('till-3');
    expect(again).toMatchObject({ status: 200, body: { payment: { id, amount: '150.00' } } });
    expect((await alia.confirm(id)).body).toMatchObject({ status: 'CONFIRMED', amount: '150.00' });
  });

  it('is paid without a question by the customer who was shown the new price', async () => {
    const { bekzat, his } = await repriced('till-4');
    expect((await bekzat.confirm(his)).body).toMatchObject({ status: 'CONFIRMED', amount: '150.00' });
  });

  it('is paid without a question if the PS named the old price again', async () => {
    const { alia, bekzat, id } = await repriced('till-5');
    pricedAt('100.00');
    await bekzat.scan('till-5');
    expect((await alia.confirm(id)).body).toMatchObject({ status: 'CONFIRMED', amount: '100.00' });
  });

  it('with a form costs what the last checkout said', async () => {
    const [alia, bekzat] = [await customer('5000.00'), await customer('5000.00')];
    const [hers, his] = [
      (await alia.scan('custom-1')).body.payment.id,
      (await bekzat.scan('custom-1')).body.payment.id,
    ];
    pricedAt('1500.00');
    expect((await alia.checkout(hers, FILLED)).body.amount).toBe('1500.00');
    pricedAt('1777.00');
    expect((await bekzat.checkout(his, FILLED)).body.amount).toBe('1777.00');
    expect(await alia.confirm(hers)).toMatchObject(CHANGED);
    expect((await alia.confirm(hers, { expectedAmount: '1777.00' })).body).toMatchObject({ status: 'CONFIRMED' });
  });

  it('gives every customer the last deadline that the PS named', async () => {
    const [alia, bekzat] = [await customer(), await customer()];
    const deadline = (minutes: number) =>
      new Date(Math.ceil(Date.now() / 1000) * 1000 + minutes * 60_000).toISOString();
    fixture.kaspi.script = happyKaspi({ confirmUntil: deadline(5) });
    const { id } = (await alia.scan('till-6')).body.payment;
    const later = deadline(10);
    fixture.kaspi.script = happyKaspi({ confirmUntil: later });
    await bekzat.scan('till-6');
    expect((await alia.payment(id)).body.confirmUntil).toBe(later);
    expect((await alia.confirm(id)).status).toBe(200);
  });
});
