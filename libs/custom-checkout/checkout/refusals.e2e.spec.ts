import { describe, expect, it } from '@jest/globals';
import { Expiry } from '@mpp/qr-payments';
import { checkoutFixture, OTHERS, TIME_LIMIT_MS } from '../../../test/support/checkout-fixture.js';
import { FILLED } from '../../../test/support/kaspi-peer.js';

describe('a checkout', () => {
  const { fixture, scanCustomQr, row, sentCheckouts, customer, answerWith, clock } = checkoutFixture();

  describe('of an invalid form', () => {
    const cases: [string, unknown[], [string, string, string][]][] = [
      ['missing', [{ id: 3933, value: 'A1' }], [['3932', 'заполните поле', 'өрісті толтырыңыз']]],
      ['unknown', [...FILLED, { id: 1, value: 'x' }], [['1', 'такого поля в форме нет', 'формада мұндай өріс жоқ']]],
      [
        'given twice',
        [...FILLED, { id: 3932, value: '547RBA02' }],
        [['3932', 'поле указано дважды', 'өріс екі рет көрсетілген']],
      ],
      [
        'too long',
        [
          { id: 3932, value: 'x'.repeat(65) },
          { id: 3933, value: 'A1' },
        ],
        [['3932', 'не длиннее 64 символов', '64 таңбадан аспауы керек']],
      ],
      [
        'not among the options',
        [
          { id: 3932, value: '547RBA02' },
          { id: 3933, value: 'Центр' },
        ],
        [['3933', 'выберите значение из списка', 'тізімнен мән таңдаңыз']],
      ],
      [
        'with all faults at once',
        [
          { id: 1, value: 'x' },
          { id: 3932, value: ' ' },
        ],
        [
          ['1', 'такого поля в форме нет', 'формада мұндай өріс жоқ'],
          ['3932', 'заполните поле', 'өрісті толтырыңыз'],
          ['3933', 'заполните поле', 'өрісті толтырыңыз'],
        ],
      ],
    ];

    it.each(cases)(
      'names each invalid field in ru and kk, calls no one and freezes nothing: %s',
      async (_, parameters, faults) => {
        const { id, token, fillIn } = await scanCustomQr();
        const before = await row(id);
        for (const [tag, words] of [
          ['ru-RU', 1],
          ['kk-KZ', 2],
        ] as const) {
          const path = `/v1/payments/${id}/checkout`;
          const answer = await fixture.server.mpp.call('POST', path, {
            token,
            body: { parameters },
            headers: { 'x-locale': tag },
          });
          const errors = faults.map((fault) => ({ field: `parameters.${fault[0]}`, message: fault[words] }));
          expect(answer).toMatchObject({ status: 422, body: { code: 'FORM_INVALID' } });
          expect(answer.body.errors).toEqual(errors);
        }
        expect(sentCheckouts()).toEqual([]);
        expect(await row(id)).toEqual(before);
        expect(await fillIn(OTHERS)).toMatchObject({ status: 200, body: { amount: '100.00' } });
      },
    );

    it.each<[string, unknown, string?]>([
      ['no list', undefined],
      ['null instead of a list', null],
      ['a text instead of a list', 'x'],
      ['a number among them', [1]],
      ['null among them', [null]],
      ['a list among them', [[{ id: 3932, value: 'x' }]]],
      ['an id that is text', [{ id: '3932', value: 'x' }]],
      ['an id that is no whole number', [{ id: 1.5, value: 'x' }]],
      ['a negative id', [{ id: -1, value: 'x' }]],
      ['no id', [{ value: 'x' }]],
      ['no value', [{ id: 3932 }]],
      ['a value that is null', [{ id: 3932, value: null }]],
      ['a value that is a number', [{ id: 3932, value: 547 }]],
      ['a value with a control character', [{ id: 3932, value: 'a\u0000b' }]],
      ['a value with a line break', [{ id: 3932, value: 'a\nb' }]],
      ['too many values', Array.from({ length: 201 }, (_, id) => ({ id, value: 'x' }))],
    ])('is 400 for a malformed body: %s', async (_, parameters) => {
      const { id, fillIn } = await scanCustomQr();
      expect(await fillIn(parameters)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
      expect(sentCheckouts()).toEqual([]);
      expect(await row(id)).toMatchObject({ form_values: null });
    });

    it('never repeats the entered values in an error', async () => {
      const { fillIn } = await scanCustomQr();
      for (const parameters of [[{ id: 3932, value: 'secret\u0000' }], [{ id: 1, value: 'secret' }]])
        expect(JSON.stringify((await fillIn(parameters)).body)).not.toContain('secret');
    });
  });

  describe('that is not possible:', () => {
    it.each(['dynamic', 'static'])('a %s payment is 409', async (kind) => {
      const { fillIn, id } = await scanCustomQr(kind);
      const before = await row(id);
      expect(await fillIn(FILLED)).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
      expect([sentCheckouts(), await row(id)]).toEqual([[], before]);
    });

    it('another customer’s payment, an unknown one and a malformed id are 404 without details', async () => {
      const { id, fillIn } = await scanCustomQr();
      const bekzat = await customer();
      const before = await row(id);
      for (const other of [id, '019b1f7e-0000-7000-8000-000000000000', 'x'])
        expect(await bekzat.checkout(other, FILLED)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
      expect([sentCheckouts(), await row(id)]).toEqual([[], before]);
      expect((await fillIn(FILLED)).status).toBe(200);
    });

    it('needs a customer’s token', async () => {
      const { id } = await scanCustomQr();
      const call = (token: string | null) =>
        fixture.server.mpp.call('POST', `/v1/payments/${id}/checkout`, { token, body: { parameters: FILLED } });
      expect(await call(null)).toMatchObject({ status: 401 });
      expect(await call(await fixture.server.mpp.teamToken('admin'))).toMatchObject({ status: 403 });
      expect(sentCheckouts()).toEqual([]);
    });

    it('a cancelled payment is 409', async () => {
      const { fillIn, id, cancel } = await scanCustomQr();
      await cancel(id);
      expect(await fillIn(FILLED)).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
      expect([sentCheckouts(), (await row(id))?.form_values]).toEqual([[], null]);
    });

    it.each([
      ['is overdue and not EXPIRED yet', false],
      ['has expired', true],
    ])('a payment that %s is 409, frozen or not', async (_, ended) => {
      const [fresh, frozen] = [await scanCustomQr(), await scanCustomQr()];
      answerWith(['reset', 'reset']);
      await frozen.fillIn(FILLED);
      fixture.kaspi.arrived.length = 0;
      clock.advance(TIME_LIMIT_MS + 1);
      if (ended) await fixture.server.app.get(Expiry).expireDue();
      for (const { fillIn, id } of [fresh, frozen]) {
        expect(await fillIn(FILLED)).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
        expect(await row(id)).toMatchObject({ status: ended ? 'EXPIRED' : 'AWAITING_CHECKOUT', amount: null });
      }
      expect([sentCheckouts(), (await row(fresh.id))?.form_values]).toEqual([[], null]);
    });
  });
});
