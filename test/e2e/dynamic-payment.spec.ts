import { describe, expect, it } from '@jest/globals';
import { happyKaspi, LINKS, refusal } from '../support/kaspi-peer.js';
import type { PaymentBody } from '../support/mpp.js';
import { paymentFixture } from '../support/payment-fixture.js';
import { until } from '../support/until.js';

const fixture = paymentFixture({ CONFIRM_WAIT_MS: '5000', NOTIFY_RETRY_BASE_MS: '50', NOTIFY_RETRY_MAX_MS: '200' });
const { customer } = fixture;

describe('a Dynamic QR payment', () => {
  it('is scanned, confirmed, and ends CONFIRMED with a receipt in Russian and Kazakh, the balance lower by the amount', async () => {
    const alia = await customer();
    const scanned = await alia.scan('coffee-1');
    expect(scanned.status).toBe(201);
    expect(scanned.body).toMatchObject({
      qrCodeType: 'Dynamic',
      payment: {
        status: 'AWAITING_CONFIRMATION',
        amount: '100.00',
        merchant: { id: '123456789', name: 'Coffee Bar', mcc: '5812' },
      },
    });
    const { id } = scanned.body.payment;
    expect((await alia.receipt(id)).status).toBe(404);

    const confirmed = await alia.confirm(id, { expectedAmount: '100.00' });
    expect(confirmed.status).toBe(200);
    expect(confirmed.body).toMatchObject({ id, status: 'CONFIRMED', kaspiOperationId: 'QR2509155449', receipt: LINKS });
    expect((await alia.receipt(id, '?locale=ru-RU')).body).toEqual(LINKS);
    expect((await alia.receipt(id, '?locale=kk-KZ')).body.linkReceipt).toBe(`${LINKS.linkReceipt}&locale=kk`);
    expect(await alia.balance()).toBe('900.00');
    expect(await fixture.server.mpp.trialBalance()).toMatchObject({ balanced: true });
  });

  it('is sent to the PS with the regulation’s headers: our name, the customer’s language, an id of ours', async () => {
    const alia = await customer();
    const token = await fixture.server.mpp.customerToken(alia.id);
    const headers = { 'x-locale': 'kk-KZ' };
    const scanned = await fixture.server.mpp.call<{ payment: { id: string } }>('POST', '/v1/scans', {
      token,
      headers,
      body: { qrCode: 'headers' },
    });
    await fixture.server.mpp.call('POST', `/v1/payments/${scanned.body.payment.id}/confirm`, {
      token,
      headers,
      body: {},
    });
    expect(fixture.kaspi.arrived).toHaveLength(2);
    for (const { headers: sent } of fixture.kaspi.arrived) {
      expect(sent).toMatchObject({
        'content-type': 'application/json',
        'x-caller-name': 'MPP-DEV',
        'x-locale': 'kk-KZ',
      });
      expect(sent['x-request-id']).toMatch(/^.{1,64}$/);
    }
  });

  it('scanned again by the same customer is the same payment, its deadline refreshed (R33)', async () => {
    const alia = await customer();
    const first = await alia.scan('coffee-again');
    fixture.kaspi.script = happyKaspi({ confirmUntil: '2099-02-19T15:57:41+06' });
    const second = await alia.scan('coffee-again');
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body.payment).toMatchObject({ id: first.body.payment.id, confirmUntil: '2099-02-19T09:57:41.000Z' });
    expect((await alia.confirm(first.body.payment.id)).body).toMatchObject({ status: 'CONFIRMED' });
    const third = await alia.scan('coffee-again');
    expect(third).toMatchObject({ status: 200, body: { payment: { status: 'CONFIRMED', receipt: LINKS } } });
    expect(await alia.balance()).toBe('900.00');
  });

  it('scanned by two customers is debited from the first who confirms, and from no other customer (R33)', async () => {
    const [alia, bekzat] = [await customer(), await customer()];
    const one = (await alia.scan('shared-table')).body.payment;
    const other = (await bekzat.scan('shared-table')).body.payment;
    expect(one.id).not.toBe(other.id);
    const answers = await Promise.all([alia.confirm(one.id), bekzat.confirm(other.id)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'ALREADY_PAID' });
    expect([await alia.balance(), await bekzat.balance()].sort()).toEqual(['1000.00', '900.00']);
    expect(fixture.kaspi.of('notifyPayment')).toHaveLength(1);
    const late = answers[0]?.status === 409 ? await alia.confirm(one.id) : await bekzat.confirm(other.id);
    expect(late.status).toBe(409);
  });

  it('without enough money is DECLINED, nothing is debited, and the PS is notified of PROCESS_FAIL once (R15)', async () => {
    const poor = await customer('99.99');
    const { id } = (await poor.scan('too-dear')).body.payment;
    const declined = await poor.confirm(id);
    expect(declined).toMatchObject({
      status: 200,
      body: { status: 'DECLINED', failure: { code: 'INSUFFICIENT_FUNDS' } },
    });
    await until(
      'the PS is notified',
      () => fixture.kaspi.of('notifyPayment').length,
      (count) => count === 1,
    );
    const { result, payment } = JSON.parse(fixture.kaspi.of('notifyPayment')[0]?.body ?? '{}');
    expect(result.resultCode).toBe('PROCESS_FAIL');
    expect(payment).toEqual({ paymentId: 'ps-too-dear', mppPaymentId: id });
    expect((await poor.confirm(id)).body).toMatchObject({ status: 'DECLINED' });
    expect(await poor.balance()).toBe('99.99');
    expect(fixture.kaspi.of('notifyPayment')).toHaveLength(1);
  });

  it('two payments at once from an account that can pay one: one is confirmed, the other declined', async () => {
    const alia = await customer('150.00');
    const ids = [(await alia.scan('race-a')).body.payment.id, (await alia.scan('race-b')).body.payment.id];
    const answers = await Promise.all(ids.map((id) => alia.confirm(id)));
    expect(answers.map(({ body }) => body.status).sort()).toEqual(['CONFIRMED', 'DECLINED']);
    expect(await alia.balance()).toBe('50.00');
    // The PS is notified of the declined one in the background; that notify must not take the next test's reply.
    await until(
      'the PS is notified of both',
      () => fixture.kaspi.of('notifyPayment').length,
      (count) => count === 2,
    );
  });

  it('refused by the PS after the debit is REVERSED at once, the customer’s money back, the reason in their language (R11)', async () => {
    const alia = await customer();
    const { id } = (await alia.scan('refused')).body.payment;
    fixture.reply('notifyPayment', refusal('RISK_REJECT'));
    const reversed = await alia.confirm(id);
    expect(reversed).toMatchObject({
      status: 200,
      body: { status: 'REVERSED', failure: { code: 'KASPI_REFUSED', kaspiResultCode: 'RISK_REJECT' } },
    });
    const message = async (locale: string) => {
      const token = await fixture.server.mpp.customerToken(alia.id);
      const headers = { 'x-locale': locale };
      const { body } = await fixture.server.mpp.call<PaymentBody>('GET', `/v1/payments/${id}`, { token, headers });
      return body.failure?.message;
    };
    expect(await message('ru-RU')).toBe('Операция отклонена системой безопасности. Деньги возвращены.');
    expect(await message('kk-KZ')).toBe('Операцияны қауіпсіздік жүйесі қабылдамады. Ақша қайтарылды.');
    expect(await alia.balance()).toBe('1000.00');
    expect(await fixture.server.mpp.trialBalance()).toMatchObject({ balanced: true });
    await alia.confirm(id);
    expect(fixture.kaspi.of('notifyPayment')).toHaveLength(1);
  });

  it('refused before processing, after an attempt without an answer, stays debited until SUCCESS: the refusal does not show what happened before (R11)', async () => {
    const alia = await customer();
    const { id } = (await alia.scan('gate')).body.payment;
    fixture.reply('notifyPayment', 'reset', refusal('PAYMENT_INCORRECT_STATUS'), refusal('PARAM_ILLEGAL'));
    expect((await alia.confirm(id)).body).toMatchObject({ status: 'CONFIRMED' });
    expect(fixture.kaspi.of('notifyPayment')).toHaveLength(4);
    expect(await alia.balance()).toBe('900.00');
  });

  it('confirmed with another expected amount is refused, and nothing is debited', async () => {
    const alia = await customer();
    const { id } = (await alia.scan('expected')).body.payment;
    expect(await alia.confirm(id, { expectedAmount: '99.00' })).toMatchObject({
      status: 409,
      body: { code: 'AMOUNT_CHANGED' },
    });
    expect((await alia.payment(id)).body.status).toBe('AWAITING_CONFIRMATION');
    expect((await alia.confirm(id, { expectedAmount: '100' })).body.status).toBe('CONFIRMED');
  });

  it.each([
    ['after the PS’s deadline', () => new Date(Date.now() - 1000).toISOString()],
    ['too close to it for the notify to leave in time', () => new Date(Date.now() + 1000).toISOString()],
  ])('confirmed %s is EXPIRED, and nothing is debited (R16)', async (when, deadline) => {
    const alia = await customer();
    fixture.kaspi.script = happyKaspi({ confirmUntil: deadline() });
    const { id } = (await alia.scan(`late ${when}`)).body.payment;
    expect(await alia.confirm(id)).toMatchObject({
      status: 200,
      body: { status: 'EXPIRED', failure: { code: 'CONFIRMED_TOO_LATE' } },
    });
    expect(await alia.balance()).toBe('1000.00');
    expect(fixture.kaspi.of('notifyPayment')).toHaveLength(0);
  });

  it('with tiyn is debited to the tiyn, and the PS is sent no amount (R3, R4)', async () => {
    const alia = await customer();
    fixture.kaspi.script = happyKaspi({ amount: '150.55' });
    const { id } = (await alia.scan('tiyn')).body.payment;
    expect((await alia.confirm(id)).body).toMatchObject({ status: 'CONFIRMED', amount: '150.55' });
    expect(await alia.balance()).toBe('849.45');
    expect(JSON.parse(fixture.kaspi.of('notifyPayment')[0]?.body ?? '{}').payment).not.toHaveProperty('paymentAmount');
  });

  it('is listed to its customer alone, newest first, page by page', async () => {
    const [alia, bekzat] = [await customer(), await customer()];
    const scanned: string[] = [];
    for (const purchase of ['list-1', 'list-2', 'list-3']) scanned.push((await alia.scan(purchase)).body.payment.id);
    const first = (await alia.payments('?limit=2')).body;
    const rest = (await alia.payments(`?limit=2&cursor=${first.nextCursor}`)).body;
    const listed = [...first.items, ...rest.items].map(({ id }) => id);
    expect(listed).toEqual(scanned.toReversed());
    expect(rest.nextCursor).toBeNull();
    expect((await bekzat.payments()).body.items).toEqual([]);
    const id = listed[0] ?? '';
    for (const request of [bekzat.payment(id), bekzat.confirm(id), bekzat.receipt(id)]) {
      expect(await request).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    }
  });
});
