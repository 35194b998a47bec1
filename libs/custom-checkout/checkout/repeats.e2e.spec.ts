import { describe, expect, it } from '@jest/globals';
import { checkoutFixture, OTHERS, SENT, TIME_LIMIT_MS } from '../../../test/support/checkout-fixture.js';
import { FILLED, FORM, happyKaspi, type Reply, refusal } from '../../../test/support/kaspi-peer.js';
import type { PaymentBody } from '../../../test/support/mpp.js';

const FORM_OF_ANOTHER_DAY = {
  ...FORM,
  serviceId: 1,
  parameters: [
    { id: 1, name: 'Этаж', value: '' },
    { id: 3934, value: 'Астана', name: 'Город' },
  ],
};

describe('a checkout', () => {
  const {
    fixture,
    scanCustomQr,
    sentCheckouts,
    answerWith,
    checkoutBody,
    loggedCalls,
    row,
    history,
    holdAnswer,
    clock,
  } = checkoutFixture();

  describe('with the same values again', () => {
    it('returns the price without calling the PS again, also after the confirm', async () => {
      const { fillIn, id, confirm, cancel } = await scanCustomQr();
      const first = await fillIn(FILLED);
      expect((await fillIn(FILLED)).body).toEqual(first.body);
      expect((await fillIn(SENT.toReversed())).body).toEqual(first.body);
      expect(sentCheckouts()).toHaveLength(1);
      await confirm(id);
      expect(await fillIn(FILLED)).toMatchObject({ status: 200, body: { id, amount: '100.00' } });
      expect(sentCheckouts()).toHaveLength(1);
      expect((await cancel(id)).status).toBe(409);
    });

    it('calls the PS again with the same body while there is no answer, until there is a price', async () => {
      const { fillIn, id, qrCode, payment } = await scanCustomQr();
      answerWith(['reset', 'reset', { status: 503, text: 'busy' }, { text: '<html>' }]);
      for (let times = 1; times <= 2; times++) {
        expect(await fillIn(FILLED)).toMatchObject({ status: 503, body: { code: 'KASPI_NO_ANSWER' } });
        expect((await payment(id)).body).toMatchObject({ status: 'AWAITING_CHECKOUT', amount: null });
      }
      expect(await fillIn(FILLED)).toMatchObject({ status: 200, body: { amount: '100.00' } });
      expect(sentCheckouts()).toEqual(Array.from({ length: 5 }, () => checkoutBody(qrCode)));
      expect(new Set(fixture.kaspi.of('checkout').map(({ body }) => body)).size).toBe(1);
      expect(new Set(fixture.kaspi.of('checkout').map(({ headers }) => headers['x-request-id'])).size).toBe(3);
      expect((await loggedCalls(id)).map(({ outcome }) => outcome).toSorted()).toEqual([
        'ANSWERED',
        ...Array.from({ length: 4 }, () => 'UNKNOWN'),
      ]);
    });

    it('calls the PS again if the connection could not be made', async () => {
      const { fillIn, id } = await scanCustomQr();
      await fixture.kaspi.close();
      expect(await fillIn(FILLED)).toMatchObject({ status: 503, body: { code: 'KASPI_NO_ANSWER' } });
      await fixture.kaspi.open();
      expect(await row(id)).toMatchObject({ status: 'AWAITING_CHECKOUT', form_values: SENT });
      expect(await fillIn(FILLED)).toMatchObject({ status: 200, body: { amount: '100.00' } });
    });

    it('calls the PS again after a refusal and after a price with tiyn: neither was stored', async () => {
      const { fillIn, id, confirm } = await scanCustomQr();
      const odd = { result: { resultCode: 'SUCCESS', resultMessage: 'success' }, paymentAmount: '100.50' };
      answerWith([refusal('PAYMENTS_SUSPENDED'), { json: odd }]);
      expect(await fillIn(FILLED)).toMatchObject({ status: 422, body: { code: 'KASPI_REFUSED' } });
      expect(await fillIn(FILLED)).toMatchObject({
        status: 422,
        body: { code: 'AMOUNT_NOT_WHOLE', detail: expect.stringContaining('тиын') },
      });
      expect(await confirm(id)).toMatchObject({ status: 409, body: { code: 'CHECKOUT_REQUIRED' } });
      expect(await row(id)).toMatchObject({ amount: null, confirm_until: null, merchant_id: null });
      expect(await fillIn(FILLED)).toMatchObject({ status: 200, body: { amount: '100.00' } });
      expect(sentCheckouts()).toHaveLength(3);
    });

    it('five times at the same moment returns one price to all', async () => {
      const { fillIn, qrCode, id } = await scanCustomQr();
      const answers = await Promise.all(Array.from({ length: 5 }, () => fillIn(FILLED)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
      expect(new Set(answers.map(({ body }) => `${body.status} ${body.amount}`))).toEqual(
        new Set(['AWAITING_CONFIRMATION 100.00']),
      );
      expect(new Set(sentCheckouts().map((body) => JSON.stringify(body)))).toEqual(
        new Set([JSON.stringify(checkoutBody(qrCode))]),
      );
      expect(await history(id)).toEqual(['AWAITING_CHECKOUT', 'AWAITING_CONFIRMATION']);
    });
  });

  describe('with other values', () => {
    const FROZEN = { status: 409, body: { code: 'FORM_FROZEN' } };

    it.each<[string, Reply[]]>([
      ['was answered', []],
      ['was not answered', ['reset', 'reset']],
      ['was refused', [refusal('PARAM_ILLEGAL')]],
    ])('is refused once a checkout %s, without a call to the PS (R37)', async (_, replies) => {
      const { fillIn, id } = await scanCustomQr();
      answerWith(replies);
      await fillIn(FILLED);
      const [before, questions] = [await row(id), sentCheckouts().length];
      expect(await fillIn(OTHERS)).toMatchObject(FROZEN);
      expect(await fillIn([...FILLED.slice(0, 1), { id: 3933, value: 'B2' }])).toMatchObject(FROZEN);
      expect(sentCheckouts()).toHaveLength(questions);
      expect(await row(id)).toEqual(before);
    });

    it('is refused while the first is under way', async () => {
      const { fillIn } = await scanCustomQr();
      const { arrived, release } = holdAnswer();
      const first = fillIn(FILLED);
      await arrived;
      expect(await fillIn(OTHERS)).toMatchObject(FROZEN);
      release();
      expect(await first).toMatchObject({ status: 200, body: { amount: '100.00' } });
      expect(sentCheckouts()).toHaveLength(1);
    });

    it('at the same moment: exactly one set of values is frozen and sent, the other is refused', async () => {
      for (let round = 0; round < 10; round++) {
        const { fillIn, id, qrCode } = await scanCustomQr();
        fixture.kaspi.arrived.length = 0;
        const sets = [FILLED, OTHERS];
        const answers = await Promise.all(sets.map(fillIn));
        expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
        const won = sets[answers.findIndex(({ status }) => status === 200)] ?? [];
        expect(answers.find(({ status }) => status === 409)).toMatchObject(FROZEN);
        expect(sentCheckouts()).toEqual([checkoutBody(qrCode, [...won, { id: 3934, value: 'Алматы' }])]);
        expect((await row(id))?.form_values).toEqual([...won, { id: 3934, value: 'Алматы' }]);
      }
    });
  });

  describe('and a scan of the same QR once more', () => {
    /** The PS now has another form. */
    const withAnotherForm = async (replies: Reply[] = []) => {
      const happy = happyKaspi();
      fixture.kaspi.script = async (request, index) => {
        if (request.path.endsWith('/checkout')) return replies.shift() ?? happy(request, index);
        const reply = (await happy(request, index)) as { json: object };
        return { json: { ...reply.json, paymentData: FORM_OF_ANOTHER_DAY } };
      };
    };

    it('keep the form and its values if they may have been sent (R37)', async () => {
      const { fillIn, id, qrCode, scan } = await scanCustomQr();
      answerWith(['reset', 'reset']);
      await fillIn(FILLED);
      const before = await row(id);
      await withAnotherForm();
      clock.advance(1000);
      const again = await scan(qrCode);
      expect(again).toMatchObject({ status: 200, body: { payment: { id, status: 'AWAITING_CHECKOUT' } } });
      expect(again.body.payment).toMatchObject({ service: { id: 2862, parameters: SENT } });
      expect(await row(id)).toMatchObject({
        form_values: SENT,
        service: before?.service,
        expires_at: new Date(clock.now().getTime() + TIME_LIMIT_MS),
      });
      expect(await fillIn(OTHERS)).toMatchObject({ status: 409, body: { code: 'FORM_FROZEN' } });
      fixture.kaspi.arrived.length = 0;
      expect(await fillIn(FILLED)).toMatchObject({ status: 200, body: { amount: '100.00' } });
      expect(sentCheckouts()).toEqual([checkoutBody(qrCode)]);
    });

    it('replace the form if nothing was sent yet', async () => {
      const { fillIn, id, qrCode, scan } = await scanCustomQr();
      await withAnotherForm();
      expect((await scan(qrCode)).body.payment).toMatchObject({ id, service: { id: 1 } });
      expect(await fillIn(FILLED)).toMatchObject({ status: 422, body: { code: 'FORM_INVALID' } });
      expect(await fillIn([{ id: 1, value: '7' }])).toMatchObject({ status: 200, body: { amount: '100.00' } });
      const parameters = [
        { id: 1, value: '7' },
        { id: 3934, value: 'Астана' },
      ];
      expect(sentCheckouts()).toEqual([{ ...checkoutBody(qrCode, parameters), serviceId: 1 }]);
    });

    it('do not change a price', async () => {
      const { fillIn, qrCode, scan } = await scanCustomQr();
      const { serverTime: _, ...priced } = (await fillIn(FILLED)).body as PaymentBody & { serverTime: string };
      await withAnotherForm();
      clock.advance(1000);
      const again = await scan(qrCode);
      expect(again).toMatchObject({ status: 200, body: { payment: priced } });
    });
  });
});
