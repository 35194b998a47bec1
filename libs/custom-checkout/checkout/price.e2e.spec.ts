import { describe, expect, it } from '@jest/globals';
import { RESULT_CODE_TABLE } from '@mpp/qr-payments';
import { checkoutFixture, SENT, TIME_LIMIT_MS } from '../../../test/support/checkout-fixture.js';
import { FILLED, FORM, happyKaspi, refusal } from '../../../test/support/kaspi-peer.js';

describe('a checkout', () => {
  const {
    fixture,
    scanCustomQr,
    sentCheckouts,
    checkoutBody,
    history,
    row,
    answerWith,
    loggedCalls,
    clock,
    notifiesFor,
  } = checkoutFixture();

  describe('of a Custom payment', () => {
    it('returns the price, the shop and the deadline; the payment awaits its confirm, and is confirmed', async () => {
      fixture.kaspi.script = happyKaspi({ amount: '150.00', confirmUntil: '2026-03-10T12:05:00+06' });
      const { fillIn, id, qrCode, payment, confirm, balance } = await scanCustomQr();
      const { status, body } = await fillIn(FILLED);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        id,
        qrCodeType: 'Custom',
        status: 'AWAITING_CONFIRMATION',
        amount: '150.00',
        confirmUntil: '2026-03-10T06:05:00.000Z',
        merchant: { id: '123456789', name: 'Coffee Bar', mcc: '5812' },
        service: { id: 2862, parameters: SENT },
      });
      expect((await payment(id)).body).toEqual(body);
      expect(sentCheckouts()).toEqual([checkoutBody(qrCode)]);
      expect(await history(id)).toEqual(['AWAITING_CHECKOUT', 'AWAITING_CONFIRMATION']);
      await confirm(id, { expectedAmount: '150.00' });
      expect(await balance()).toBe('850.00');
    });

    it('returns the PS’s values unchanged, even if the app sends others', async () => {
      for (const value of ['Алматы', 'Астана', '', 'x'.repeat(100)]) {
        const { fillIn, qrCode } = await scanCustomQr();
        fixture.kaspi.arrived.length = 0;
        expect((await fillIn([{ id: 3934, value }, ...FILLED.toReversed()])).status).toBe(200);
        expect(sentCheckouts()).toEqual([checkoutBody(qrCode)]);
      }
    });

    it('freezes the values, and is in the call log without them, before it is sent (R9, R37)', async () => {
      const { fillIn, id } = await scanCustomQr();
      const before = await row(id);
      const seen: unknown[] = [];
      answerWith([], async () => {
        seen.push({ payment: await row(id), exchanges: await loggedCalls(id) });
      });
      await fillIn(FILLED);
      const kept = {
        ...checkoutBody(''),
        paymentId: before?.kaspi_payment_id,
        parameters: SENT.map((v) => ({ ...v, value: '*****' })),
      };
      const begun = { method: 'checkout', attempt: 1, payment_id: id, outcome: null, request: JSON.stringify(kept) };
      expect(before).toMatchObject({ status: 'AWAITING_CHECKOUT', form_values: null });
      expect(seen).toEqual([
        {
          payment: { ...before, form_values: SENT, version: Number(before?.version) + 1 },
          exchanges: [expect.objectContaining(begun)],
        },
      ]);
      expect(await loggedCalls(id)).toMatchObject([
        { ...begun, outcome: 'ANSWERED', result_code: 'SUCCESS', http_status: 200 },
      ]);
    });

    it('restarts the customer’s time if its answer has no deadline (R8, R16)', async () => {
      fixture.kaspi.script = happyKaspi({ confirmUntil: null });
      const { fillIn, id, confirm, balance } = await scanCustomQr();
      clock.advance(TIME_LIMIT_MS - 1);
      expect((await fillIn(FILLED)).body).toMatchObject({ status: 'AWAITING_CONFIRMATION', confirmUntil: null });
      clock.advance(TIME_LIMIT_MS);
      await confirm(id);
      expect(await balance()).toBe('900.00');
    });

    it('reaches event streams of the payment at once', async () => {
      const { fillIn, id, events } = await scanCustomQr();
      const seen: string[] = [];
      for await (const { status, amount } of events(id)) {
        seen.push(`${status} ${amount}`);
        if (seen.length === 2) break;
        await fillIn(FILLED);
      }
      expect(seen).toEqual(['AWAITING_CHECKOUT null', 'AWAITING_CONFIRMATION 100.00']);
    });

    it.each([
      ['with values of the PS in all fields', [{ id: 3934, value: 'Алматы', name: 'Город' }]],
      ['without any field', []],
    ])('requests the price of a form %s', async (_, parameters) => {
      const happy = happyKaspi();
      fixture.kaspi.script = async (request, index) => {
        const reply = (await happy(request, index)) as { json: object };
        return request.path.endsWith('/scan')
          ? { json: { ...reply.json, paymentData: { ...FORM, parameters } } }
          : reply;
      };
      const { fillIn, qrCode } = await scanCustomQr();
      expect(await fillIn([])).toMatchObject({ status: 200, body: { amount: '100.00' } });
      expect(sentCheckouts()).toEqual([
        checkoutBody(
          qrCode,
          parameters.map(({ id, value }) => ({ id, value })),
        ),
      ]);
    });
  });

  describe('that the PS refuses', () => {
    const CODES = [
      'PROCESS_FAIL',
      'PARAM_ILLEGAL',
      'EXPIRED_CODE',
      'UNKNOWN_EXCEPTION',
      'PAYMENTS_SUSPENDED',
      'UNKNOWN_SOURCE',
    ] as const;

    it.each(CODES)('is reported in the customer’s language, and not repeated by the server (R13): %s', async (code) => {
      for (const [locale, tag] of [
        ['ru', 'ru-RU'],
        ['kk', 'kk-KZ'],
      ] as const) {
        const { id, token } = await scanCustomQr();
        fixture.kaspi.arrived.length = 0;
        answerWith([refusal(code)]);
        const answer = await fixture.server.mpp.call('POST', `/v1/payments/${id}/checkout`, {
          token,
          body: { parameters: FILLED },
          headers: { 'x-locale': tag },
        });
        expect(answer).toMatchObject({
          status: 422,
          body: { code: 'KASPI_REFUSED', kaspiResultCode: code, detail: RESULT_CODE_TABLE[code].customer[locale] },
        });
        expect(fixture.kaspi.of('checkout').map(({ headers }) => headers['x-locale'])).toEqual([tag]);
        expect(await loggedCalls(id)).toMatchObject([{ outcome: 'ANSWERED', result_code: code }]);
        expect(await row(id)).toMatchObject({ status: 'AWAITING_CHECKOUT', amount: null, form_values: SENT });
      }
    });

    it('with an unlisted code is reported as a refusal, without the PS’s message', async () => {
      const { fillIn } = await scanCustomQr();
      answerWith([{ json: { result: { resultCode: 'PLATE_547RBA02', resultMessage: 'no such car' } } }]);
      const { body } = await fillIn(FILLED);
      expect(body).toMatchObject({ code: 'KASPI_REFUSED', detail: 'Kaspi отклонил операцию.' });
      expect(JSON.stringify(body)).not.toContain('no such car');
    });
  });

  describe('before and after it,', () => {
    it('a confirm needs the price, and cannot set it', async () => {
      const { fillIn, id, confirm, balance } = await scanCustomQr();
      const named = () => confirm(id, { amount: '100.00' });
      expect(await confirm(id)).toMatchObject({ status: 409, body: { code: 'CHECKOUT_REQUIRED' } });
      expect(await named()).toMatchObject({ status: 422, body: { code: 'AMOUNT_INVALID' } });
      answerWith(['reset', 'reset']);
      await fillIn(FILLED);
      expect(await confirm(id)).toMatchObject({ status: 409, body: { code: 'CHECKOUT_REQUIRED' } });
      await fillIn(FILLED);
      expect(await named()).toMatchObject({ status: 422, body: { code: 'AMOUNT_INVALID' } });
      expect(await confirm(id, { expectedAmount: '99.00' })).toMatchObject({ body: { code: 'AMOUNT_CHANGED' } });
      expect([await balance(), notifiesFor(id)]).toEqual(['1000.00', []]);
      expect((await confirm(id)).body).toMatchObject({ amount: '100.00' });
      expect(await balance()).toBe('900.00');
    });

    it('a late confirm expires the payment, priced or not', async () => {
      for (const priced of [false, true]) {
        fixture.kaspi.script = happyKaspi({ confirmUntil: null });
        const { fillIn, id, confirm } = await scanCustomQr();
        if (priced) await fillIn(FILLED);
        clock.advance(TIME_LIMIT_MS + 1);
        expect(await confirm(id)).toMatchObject({ status: 200, body: { status: 'EXPIRED' } });
      }
    });
  });
});
