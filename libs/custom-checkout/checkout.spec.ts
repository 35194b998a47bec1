import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Expiry, RESULT_CODE_TABLE } from '@mpp/qr-payments';
import { createDatabase, type TestDatabase } from '../../test/support/database.js';
import { FILLED, FORM, happyKaspi, KaspiPeer, type Reply, refusal } from '../../test/support/kaspi-peer.js';
import { type PaymentBody, startTestServer, type TestServer } from '../../test/support/mpp.js';
import { TestClock } from '../../test/support/test-clock.js';
import { until } from '../../test/support/until.js';

const MINUTE = 60_000;
/** The contract's default of PAYMENT_TTL_MS. */
const TIME_LIMIT_MS = 15 * MINUTE;
/** The values sent to the PS, its own among them. */
const SENT = [...FILLED, { id: 3934, value: 'Алматы' }];
const OTHERS = [
  { id: 3932, value: '001AAA01' },
  { id: 3933, value: 'B2' },
];
const FORM_OF_ANOTHER_DAY = {
  ...FORM,
  serviceId: 1,
  parameters: [
    { id: 1, name: 'Этаж', value: '' },
    { id: 3934, value: 'Астана', name: 'Город' },
  ],
};

describe('a checkout', () => {
  const clock = new TestClock();
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let server: TestServer;

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start();
    const env = {
      DATABASE_URL: database.url,
      KASPI_BASE_URL: kaspi.url,
      CONFIRM_WAIT_MS: '0',
      // Tests start the expiry themselves.
      EXPIRY_POLL_MS: '3600000',
    };
    server = await startTestServer(env, clock);
  });

  afterAll(async () => {
    await server.stop();
    await kaspi.close();
    await database.drop();
  });

  beforeEach(() => {
    kaspi.script = happyKaspi();
    kaspi.arrived.length = 0;
  });

  async function customer() {
    const { id: customerId, ...calls } = await server.mpp.customer();
    return { customerId, token: await server.mpp.customerToken(customerId), ...calls };
  }

  /** A customer who has scanned a Custom QR. */
  async function atTheForm(kind = 'custom') {
    const alia = await customer();
    const qrCode = `${kind}-${alia.customerId}`;
    const { id } = (await alia.scan(qrCode)).body.payment;
    return { ...alia, id, qrCode, fillIn: (values: unknown) => alia.checkout(id, values) };
  }

  const row = async (id: string) => (await database.query('select * from qr_payments where id = $1', [id]))[0];
  const recorded = (id: string) =>
    database.query('select * from kaspi_calls where payment_id = $1 and method = $2 order by started_at, request_id', [
      id,
      'checkout',
    ]);
  const history = async (id: string) =>
    (await database.query('select status from qr_payment_history where payment_id = $1 order by version', [id])).map(
      ({ status }) => status,
    );
  /** The checkouts that the PS received. */
  const asked = () => kaspi.of('checkout').map(({ body }) => JSON.parse(body));
  const question = (qrCode: string, parameters = SENT) => ({ paymentId: `ps-${qrCode}`, serviceId: 2862, parameters });

  /** The notifies that the PS received for this payment. */
  const told = (id: string) =>
    kaspi
      .of('notifyPayment')
      .map(({ body }) => JSON.parse(body))
      .filter(({ payment }) => payment.mppPaymentId === id);

  /** Checkouts get these answers in turn, then the usual one. */
  function answering(replies: Reply[], meanwhile: () => Promise<unknown> = async () => undefined): void {
    const happy = happyKaspi();
    kaspi.script = async (request, index) => {
      if (!request.path.endsWith('/checkout')) return happy(request, index);
      await meanwhile();
      return replies.shift() ?? happy(request, index);
    };
  }

  /** The PS answers a checkout when the test lets it. */
  function holdingBack() {
    const arrived = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    answering([], () => {
      arrived.resolve();
      return released.promise;
    });
    return { arrived: arrived.promise, release: released.resolve };
  }

  describe('of a Custom payment', () => {
    it('returns the price, the shop and the deadline; the payment awaits its confirm, and is confirmed', async () => {
      kaspi.script = happyKaspi({ amount: '150.00', confirmUntil: '2026-03-10T12:05:00+06' });
      const { fillIn, id, qrCode, payment, confirm, balance } = await atTheForm();
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
      expect(asked()).toEqual([question(qrCode)]);
      expect(await history(id)).toEqual(['AWAITING_CHECKOUT', 'AWAITING_CONFIRMATION']);
      await confirm(id, { expectedAmount: '150.00' });
      expect(await balance()).toBe('850.00');
    });

    it('returns the PS’s values unchanged, even if the app sends others', async () => {
      for (const value of ['Алматы', 'Астана', '', 'x'.repeat(100)]) {
        const { fillIn, qrCode } = await atTheForm();
        kaspi.arrived.length = 0;
        expect((await fillIn([{ id: 3934, value }, ...FILLED.toReversed()])).status).toBe(200);
        expect(asked()).toEqual([question(qrCode)]);
      }
    });

    it('freezes the values, and is in the call log without them, before it is sent (R9, R37)', async () => {
      const { fillIn, id } = await atTheForm();
      const before = await row(id);
      const seen: unknown[] = [];
      answering([], async () => {
        seen.push({ payment: await row(id), exchanges: await recorded(id) });
      });
      await fillIn(FILLED);
      const kept = {
        ...question(''),
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
      expect(await recorded(id)).toMatchObject([
        { ...begun, outcome: 'ANSWERED', result_code: 'SUCCESS', http_status: 200 },
      ]);
    });

    it('restarts the customer’s time if its answer has no deadline (R8, R16)', async () => {
      kaspi.script = happyKaspi({ confirmUntil: null });
      const { fillIn, id, confirm, balance } = await atTheForm();
      clock.advance(TIME_LIMIT_MS - 1);
      expect((await fillIn(FILLED)).body).toMatchObject({ status: 'AWAITING_CONFIRMATION', confirmUntil: null });
      clock.advance(TIME_LIMIT_MS);
      await confirm(id);
      expect(await balance()).toBe('900.00');
    });

    it('reaches event streams of the payment at once', async () => {
      const { fillIn, id, events } = await atTheForm();
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
    ])('asks for the price of a form %s', async (_, parameters) => {
      const happy = happyKaspi();
      kaspi.script = async (request, index) => {
        const reply = (await happy(request, index)) as { json: object };
        return request.path.endsWith('/scan')
          ? { json: { ...reply.json, paymentData: { ...FORM, parameters } } }
          : reply;
      };
      const { fillIn, qrCode } = await atTheForm();
      expect(await fillIn([])).toMatchObject({ status: 200, body: { amount: '100.00' } });
      expect(asked()).toEqual([
        question(
          qrCode,
          parameters.map(({ id, value }) => ({ id, value })),
        ),
      ]);
    });
  });

  describe('with the same values again', () => {
    it('returns the price without calling the PS again, also after the confirm', async () => {
      const { fillIn, id, confirm, cancel } = await atTheForm();
      const first = await fillIn(FILLED);
      expect((await fillIn(FILLED)).body).toEqual(first.body);
      expect((await fillIn(SENT.toReversed())).body).toEqual(first.body);
      expect(asked()).toHaveLength(1);
      await confirm(id);
      expect(await fillIn(FILLED)).toMatchObject({ status: 200, body: { id, amount: '100.00' } });
      expect(asked()).toHaveLength(1);
      expect((await cancel(id)).status).toBe(409);
    });

    it('calls the PS again with the same body while there is no answer, until there is a price', async () => {
      const { fillIn, id, qrCode, payment } = await atTheForm();
      answering(['reset', 'reset', { status: 503, text: 'busy' }, { text: '<html>' }]);
      for (let times = 1; times <= 2; times++) {
        expect(await fillIn(FILLED)).toMatchObject({ status: 503, body: { code: 'KASPI_NO_ANSWER' } });
        expect((await payment(id)).body).toMatchObject({ status: 'AWAITING_CHECKOUT', amount: null });
      }
      expect(await fillIn(FILLED)).toMatchObject({ status: 200, body: { amount: '100.00' } });
      expect(asked()).toEqual(Array.from({ length: 5 }, () => question(qrCode)));
      expect(new Set(kaspi.of('checkout').map(({ body }) => body)).size).toBe(1);
      expect(new Set(kaspi.of('checkout').map(({ headers }) => headers['x-request-id'])).size).toBe(3);
      expect((await recorded(id)).map(({ outcome }) => outcome).toSorted()).toEqual([
        'ANSWERED',
        ...Array.from({ length: 4 }, () => 'UNKNOWN'),
      ]);
    });

    it('calls the PS again if the connection could not be made', async () => {
      const { fillIn, id } = await atTheForm();
      await kaspi.close();
      expect(await fillIn(FILLED)).toMatchObject({ status: 503, body: { code: 'KASPI_NO_ANSWER' } });
      await kaspi.open();
      expect(await row(id)).toMatchObject({ status: 'AWAITING_CHECKOUT', form_values: SENT });
      expect(await fillIn(FILLED)).toMatchObject({ status: 200, body: { amount: '100.00' } });
    });

    it('calls the PS again after a refusal and after a price with tiyn: neither was stored', async () => {
      const { fillIn, id, confirm } = await atTheForm();
      const odd = { result: { resultCode: 'SUCCESS', resultMessage: 'success' }, paymentAmount: '100.50' };
      answering([refusal('PAYMENTS_SUSPENDED'), { json: odd }]);
      expect(await fillIn(FILLED)).toMatchObject({ status: 422, body: { code: 'KASPI_REFUSED' } });
      expect(await fillIn(FILLED)).toMatchObject({
        status: 422,
        body: { code: 'AMOUNT_NOT_WHOLE', detail: expect.stringContaining('тиын') },
      });
      expect(await confirm(id)).toMatchObject({ status: 409, body: { code: 'CHECKOUT_REQUIRED' } });
      expect(await row(id)).toMatchObject({ amount: null, confirm_until: null, merchant_id: null });
      expect(await fillIn(FILLED)).toMatchObject({ status: 200, body: { amount: '100.00' } });
      expect(asked()).toHaveLength(3);
    });

    it('five times at the same moment returns one price to all', async () => {
      const { fillIn, qrCode, id } = await atTheForm();
      const answers = await Promise.all(Array.from({ length: 5 }, () => fillIn(FILLED)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
      expect(new Set(answers.map(({ body }) => `${body.status} ${body.amount}`))).toEqual(
        new Set(['AWAITING_CONFIRMATION 100.00']),
      );
      expect(new Set(asked().map((body) => JSON.stringify(body)))).toEqual(new Set([JSON.stringify(question(qrCode))]));
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
      const { fillIn, id } = await atTheForm();
      answering(replies);
      await fillIn(FILLED);
      const [before, questions] = [await row(id), asked().length];
      expect(await fillIn(OTHERS)).toMatchObject(FROZEN);
      expect(await fillIn([...FILLED.slice(0, 1), { id: 3933, value: 'B2' }])).toMatchObject(FROZEN);
      expect(asked()).toHaveLength(questions);
      expect(await row(id)).toEqual(before);
    });

    it('is refused while the first is under way', async () => {
      const { fillIn } = await atTheForm();
      const { arrived, release } = holdingBack();
      const first = fillIn(FILLED);
      await arrived;
      expect(await fillIn(OTHERS)).toMatchObject(FROZEN);
      release();
      expect(await first).toMatchObject({ status: 200, body: { amount: '100.00' } });
      expect(asked()).toHaveLength(1);
    });

    it('at the same moment: exactly one set of values is frozen and sent, the other is refused', async () => {
      for (let round = 0; round < 10; round++) {
        const { fillIn, id, qrCode } = await atTheForm();
        kaspi.arrived.length = 0;
        const sets = [FILLED, OTHERS];
        const answers = await Promise.all(sets.map(fillIn));
        expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
        const won = sets[answers.findIndex(({ status }) => status === 200)] ?? [];
        expect(answers.find(({ status }) => status === 409)).toMatchObject(FROZEN);
        expect(asked()).toEqual([question(qrCode, [...won, { id: 3934, value: 'Алматы' }])]);
        expect((await row(id))?.form_values).toEqual([...won, { id: 3934, value: 'Алматы' }]);
      }
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
        const { id, token } = await atTheForm();
        kaspi.arrived.length = 0;
        answering([refusal(code)]);
        const said = await server.mpp.call('POST', `/v1/payments/${id}/checkout`, {
          token,
          body: { parameters: FILLED },
          headers: { 'x-locale': tag },
        });
        expect(said).toMatchObject({
          status: 422,
          body: { code: 'KASPI_REFUSED', kaspiResultCode: code, detail: RESULT_CODE_TABLE[code].customer[locale] },
        });
        expect(kaspi.of('checkout').map(({ headers }) => headers['x-locale'])).toEqual([tag]);
        expect(await recorded(id)).toMatchObject([{ outcome: 'ANSWERED', result_code: code }]);
        expect(await row(id)).toMatchObject({ status: 'AWAITING_CHECKOUT', amount: null, form_values: SENT });
      }
    });

    it('with an unlisted code is reported as a refusal, without the PS’s message', async () => {
      const { fillIn } = await atTheForm();
      answering([{ json: { result: { resultCode: 'PLATE_547RBA02', resultMessage: 'no such car' } } }]);
      const { body } = await fillIn(FILLED);
      expect(body).toMatchObject({ code: 'KASPI_REFUSED', detail: 'Kaspi отклонил операцию.' });
      expect(JSON.stringify(body)).not.toContain('no such car');
    });
  });

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
        const { id, token, fillIn } = await atTheForm();
        const before = await row(id);
        for (const [tag, words] of [
          ['ru-RU', 1],
          ['kk-KZ', 2],
        ] as const) {
          const path = `/v1/payments/${id}/checkout`;
          const said = await server.mpp.call('POST', path, {
            token,
            body: { parameters },
            headers: { 'x-locale': tag },
          });
          const errors = faults.map((fault) => ({ field: `parameters.${fault[0]}`, message: fault[words] }));
          expect(said).toMatchObject({ status: 422, body: { code: 'FORM_INVALID' } });
          expect(said.body.errors).toEqual(errors);
        }
        expect(asked()).toEqual([]);
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
      const { id, fillIn } = await atTheForm();
      expect(await fillIn(parameters)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
      expect(asked()).toEqual([]);
      expect(await row(id)).toMatchObject({ form_values: null });
    });

    it('never repeats the entered values in an error', async () => {
      const { fillIn } = await atTheForm();
      for (const parameters of [[{ id: 3932, value: 'secret\u0000' }], [{ id: 1, value: 'secret' }]])
        expect(JSON.stringify((await fillIn(parameters)).body)).not.toContain('secret');
    });
  });

  describe('that is not possible:', () => {
    it.each(['dynamic', 'static'])('a %s payment is 409', async (kind) => {
      const { fillIn, id } = await atTheForm(kind);
      const before = await row(id);
      expect(await fillIn(FILLED)).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
      expect([asked(), await row(id)]).toEqual([[], before]);
    });

    it('another customer’s payment, an unknown one and a malformed id are 404 without details', async () => {
      const { id, fillIn } = await atTheForm();
      const bekzat = await customer();
      const before = await row(id);
      for (const other of [id, '019b1f7e-0000-7000-8000-000000000000', 'x'])
        expect(await bekzat.checkout(other, FILLED)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
      expect([asked(), await row(id)]).toEqual([[], before]);
      expect((await fillIn(FILLED)).status).toBe(200);
    });

    it('needs a customer’s token', async () => {
      const { id } = await atTheForm();
      const call = (token: string | null) =>
        server.mpp.call('POST', `/v1/payments/${id}/checkout`, { token, body: { parameters: FILLED } });
      expect(await call(null)).toMatchObject({ status: 401 });
      expect(await call(await server.mpp.teamToken('admin'))).toMatchObject({ status: 403 });
      expect(asked()).toEqual([]);
    });

    it('a cancelled payment is 409', async () => {
      const { fillIn, id, cancel } = await atTheForm();
      await cancel(id);
      expect(await fillIn(FILLED)).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
      expect([asked(), (await row(id))?.form_values]).toEqual([[], null]);
    });

    it.each([
      ['is overdue and not EXPIRED yet', false],
      ['has expired', true],
    ])('a payment that %s is 409, frozen or not', async (_, ended) => {
      const [fresh, frozen] = [await atTheForm(), await atTheForm()];
      answering(['reset', 'reset']);
      await frozen.fillIn(FILLED);
      kaspi.arrived.length = 0;
      clock.advance(TIME_LIMIT_MS + 1);
      if (ended) await server.app.get(Expiry).expireDue();
      for (const { fillIn, id } of [fresh, frozen]) {
        expect(await fillIn(FILLED)).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
        expect(await row(id)).toMatchObject({ status: ended ? 'EXPIRED' : 'AWAITING_CHECKOUT', amount: null });
      }
      expect([asked(), (await row(fresh.id))?.form_values]).toEqual([[], null]);
    });
  });

  describe('before and after it,', () => {
    it('a confirm needs the price, and cannot set it', async () => {
      const { fillIn, id, confirm, balance } = await atTheForm();
      const named = () => confirm(id, { amount: '100.00' });
      expect(await confirm(id)).toMatchObject({ status: 409, body: { code: 'CHECKOUT_REQUIRED' } });
      expect(await named()).toMatchObject({ status: 422, body: { code: 'AMOUNT_INVALID' } });
      answering(['reset', 'reset']);
      await fillIn(FILLED);
      expect(await confirm(id)).toMatchObject({ status: 409, body: { code: 'CHECKOUT_REQUIRED' } });
      await fillIn(FILLED);
      expect(await named()).toMatchObject({ status: 422, body: { code: 'AMOUNT_INVALID' } });
      expect(await confirm(id, { expectedAmount: '99.00' })).toMatchObject({ body: { code: 'AMOUNT_CHANGED' } });
      expect([await balance(), told(id)]).toEqual(['1000.00', []]);
      expect((await confirm(id)).body).toMatchObject({ amount: '100.00' });
      expect(await balance()).toBe('900.00');
    });

    it('a late confirm expires the payment, priced or not', async () => {
      for (const priced of [false, true]) {
        kaspi.script = happyKaspi({ confirmUntil: null });
        const { fillIn, id, confirm } = await atTheForm();
        if (priced) await fillIn(FILLED);
        clock.advance(TIME_LIMIT_MS + 1);
        expect(await confirm(id)).toMatchObject({ status: 200, body: { status: 'EXPIRED' } });
      }
    });
  });

  describe('that is under way', () => {
    it('during a cancel: the payment is CANCELLED, its price is not stored, and the PS is notified once', async () => {
      const { fillIn, id, cancel, payment } = await atTheForm();
      const { arrived, release } = holdingBack();
      const checkout = fillIn(FILLED);
      await arrived;
      expect(await cancel(id)).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
      release();
      expect(await checkout).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
      expect((await payment(id)).body).toMatchObject({ status: 'CANCELLED', amount: null });
      expect(await history(id)).toEqual(['AWAITING_CHECKOUT', 'CANCELLED']);
      expect(await recorded(id)).toMatchObject([{ outcome: 'ANSWERED' }]);
      const notifies = await until(
        'the notify',
        () => told(id),
        ({ length }) => length > 0,
      );
      expect(notifies).toEqual([
        {
          result: { resultCode: 'CANCELLED_BY_CLIENT', resultMessage: 'cancelled by client' },
          payment: { paymentId: expect.any(String), mppPaymentId: id },
          customerId: expect.any(String),
        },
      ]);
      expect(await fillIn(FILLED)).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
    });

    it('at its expiry: the payment is EXPIRED', async () => {
      const { fillIn, id, payment } = await atTheForm();
      const { arrived, release } = holdingBack();
      const checkout = fillIn(FILLED);
      await arrived;
      clock.advance(TIME_LIMIT_MS + 1);
      await server.app.get(Expiry).expireDue();
      release();
      expect(await checkout).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
      expect((await payment(id)).body).toMatchObject({ status: 'EXPIRED', amount: null });
    });

    it('during another scan: the payment gets its price', async () => {
      const { fillIn, id, qrCode, scan } = await atTheForm();
      const { arrived, release } = holdingBack();
      const checkout = fillIn(FILLED);
      await arrived;
      expect((await scan(qrCode)).body.payment).toMatchObject({ id, status: 'AWAITING_CHECKOUT' });
      release();
      expect(await checkout).toMatchObject({
        status: 200,
        body: { status: 'AWAITING_CONFIRMATION', amount: '100.00' },
      });
    });
  });

  describe('and a scan of the same QR once more', () => {
    /** The PS now has another form. */
    const withAnotherForm = async (replies: Reply[] = []) => {
      const happy = happyKaspi();
      kaspi.script = async (request, index) => {
        if (request.path.endsWith('/checkout')) return replies.shift() ?? happy(request, index);
        const reply = (await happy(request, index)) as { json: object };
        return { json: { ...reply.json, paymentData: FORM_OF_ANOTHER_DAY } };
      };
    };

    it('keep the form and its values if they may have been sent (R37)', async () => {
      const { fillIn, id, qrCode, scan } = await atTheForm();
      answering(['reset', 'reset']);
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
      kaspi.arrived.length = 0;
      expect(await fillIn(FILLED)).toMatchObject({ status: 200, body: { amount: '100.00' } });
      expect(asked()).toEqual([question(qrCode)]);
    });

    it('replace the form if nothing was sent yet', async () => {
      const { fillIn, id, qrCode, scan } = await atTheForm();
      await withAnotherForm();
      expect((await scan(qrCode)).body.payment).toMatchObject({ id, service: { id: 1 } });
      expect(await fillIn(FILLED)).toMatchObject({ status: 422, body: { code: 'FORM_INVALID' } });
      expect(await fillIn([{ id: 1, value: '7' }])).toMatchObject({ status: 200, body: { amount: '100.00' } });
      const parameters = [
        { id: 1, value: '7' },
        { id: 3934, value: 'Астана' },
      ];
      expect(asked()).toEqual([{ ...question(qrCode, parameters), serviceId: 1 }]);
    });

    it('do not change a price', async () => {
      const { fillIn, qrCode, scan } = await atTheForm();
      const { serverTime: _, ...priced } = (await fillIn(FILLED)).body as PaymentBody & { serverTime: string };
      await withAnotherForm();
      clock.advance(1000);
      const again = await scan(qrCode);
      expect(again).toMatchObject({ status: 200, body: { payment: priced } });
    });
  });
});
