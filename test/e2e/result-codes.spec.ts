import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { FILLED, happyKaspi, inTurn, KaspiPeer, type Reply, refusal } from '../support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { TestClock } from '../support/test-clock.js';

const MINUTE = 60_000;

/** What each code of 4.3 does to a debited payment: as the first answer, and after an attempt that may have arrived. */
const NOTIFY_CODES = [
  { code: 'SUCCESS', first: 'CONFIRMED', afterSilence: 'CONFIRMED' },
  { code: 'PROCESS_FAIL', first: 'REVERSED', afterSilence: 'REVERSED' },
  { code: 'CANCELLED_BY_CLIENT', first: 'REVERSED', afterSilence: 'REVERSED' },
  { code: 'INVALID_MERCHANT', first: 'REVERSED', afterSilence: 'REVERSED' },
  { code: 'PARAM_ILLEGAL', first: 'REVERSED', afterSilence: 'PROCESSING' },
  { code: 'UNKNOWN_EXCEPTION', first: 'PROCESSING', afterSilence: 'PROCESSING' },
  { code: 'PAYMENTS_SUSPENDED', first: 'REVERSED', afterSilence: 'PROCESSING' },
  { code: 'RISK_REJECT', first: 'REVERSED', afterSilence: 'REVERSED' },
  { code: 'ORDER_NOT_EXIST', first: 'REVERSED', afterSilence: 'REVERSED' },
  { code: 'PAYMENT_INCORRECT_STATUS', first: 'REVERSED', afterSilence: 'PROCESSING' },
  { code: 'UNKNOWN_SOURCE', first: 'REVERSED', afterSilence: 'PROCESSING' },
  { code: 'UNKNOWN_CUSTOMER', first: 'REVERSED', afterSilence: 'REVERSED' },
  // No method lists it.
  { code: 'A_NEW_CODE', first: 'PROCESSING', afterSilence: 'PROCESSING' },
] as const;

const SCAN_REFUSALS = [
  'CUSTOM_QR_ERROR',
  'EXPIRED_CODE',
  'INVALID_TOKEN',
  'PROCESS_FAIL',
  'INVALID_MERCHANT',
  'PARAM_ILLEGAL',
  'UNKNOWN_EXCEPTION',
  'PAYMENTS_SUSPENDED',
  'UNKNOWN_SOURCE',
  'A_NEW_CODE',
];

const CHECKOUT_REFUSALS = [
  'PROCESS_FAIL',
  'PARAM_ILLEGAL',
  'EXPIRED_CODE',
  'UNKNOWN_EXCEPTION',
  'PAYMENTS_SUSPENDED',
  'UNKNOWN_SOURCE',
  'A_NEW_CODE',
];

/** R9: the ways of not answering, once the request has left. */
const SILENCES: Record<string, Reply> = {
  'a reset connection': 'reset',
  'no answer in time': 'hang',
  'HTTP 408': { status: 408, text: '' },
  'HTTP 425': { status: 425, text: '' },
  'HTTP 429': { status: 429, json: { result: { resultCode: 'PROCESS_FAIL', resultMessage: 'busy' } } },
  'HTTP 500': { status: 500, text: 'oops' },
  'HTTP 503': { status: 503, text: '<html>busy</html>' },
  'HTTP 404 without a result': { status: 404, json: { error: 'not found' } },
  'a body that is no JSON': { text: '<html>' },
  'an empty body': { text: '' },
  'JSON without a result': { json: {} },
  'JSON without a resultCode': { json: { result: { resultMessage: 'success' } } },
};

/** Russian without letters that only Kazakh has, and Kazakh with some: two different sentences for a customer. */
function expectSentences(ru: string, kk: string): void {
  for (const text of [ru, kk]) expect(text).toMatch(/^\p{Lu}.*\p{Script=Cyrillic}.*\.$/u);
  expect(ru).not.toMatch(/[әғқңөұүһі]/i);
  expect(kk).toMatch(/[әғқңөұүһі]/i);
  expect(`${ru}${kk}`).not.toMatch(/_|[A-Z]{6}/);
}

describe('every code with which the PS answers', () => {
  const clock = new TestClock();
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let server: TestServer;

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start();
    server = await startTestServer(
      {
        DATABASE_URL: database.url,
        KASPI_BASE_URL: kaspi.url,
        BACKGROUND_WORK: 'off',
        CONFIRM_WAIT_MS: '0',
        KASPI_TIMEOUT_MS: '500',
        SCAN_TIMEOUT_MS: '500',
        MAX_PAYMENT_AMOUNT: '5000.00',
      },
      clock,
    );
  });

  afterAll(async () => {
    await server.stop();
    await kaspi.close();
    await database.drop();
  });

  beforeEach(() => {
    kaspi.script = happy();
    kaspi.arrived.length = 0;
  });

  /** A deadline far beyond all that these tests wait for. */
  const happy = () => happyKaspi({ confirmUntil: new Date(clock.now().getTime() + 600 * MINUTE).toISOString() });

  /** The method answers these, one after the other, and then as ever. */
  function answers(method: string, ...replies: Reply[]): void {
    kaspi.script = inTurn(method, replies, happy());
  }

  const customer = (balance?: string) => server.mpp.customer(balance);

  /** Everything that is due is told and settled; the next repeat is due at once. */
  async function rest(): Promise<void> {
    await server.app.get(Outbox).drainOnce();
    clock.advance(MINUTE);
  }

  const messages = () => database.query('select id from outbox_messages');
  const journal = async (id: string) =>
    (
      await database.query<{ purpose: string }>('select purpose from ledger_entries where reference = $1 order by id', [
        id,
      ])
    ).map(({ purpose }) => purpose);

  /** One notify, told as often as it was: the same bytes under the same id. */
  function expectOneNotify(times: number): void {
    const told = kaspi.of('notifyPayment');
    expect(told).toHaveLength(times);
    expect(new Set(told.map(({ body }) => body)).size).toBe(1);
    expect(new Set(told.map(({ headers }) => headers['x-request-id'])).size).toBe(1);
  }

  async function debited(qrCode = 'code') {
    const alia = await customer();
    const { id } = (await alia.scan(`${qrCode}-${alia.id}`)).body.payment;
    await alia.confirm(id);
    return { alia, id };
  }

  describe('to the notify of a debit (R11, R12)', () => {
    const END = {
      CONFIRMED: { balance: '900.00', journal: ['PAYMENT', 'SETTLEMENT'], waiting: 0 },
      REVERSED: { balance: '1000.00', journal: ['PAYMENT', 'REVERSAL'], waiting: 0 },
      PROCESSING: { balance: '900.00', journal: ['PAYMENT'], waiting: 1 },
    };

    async function expectEnd(who: Awaited<ReturnType<typeof debited>>, status: keyof typeof END, code: string) {
      const { alia, id } = who;
      const { body } = await alia.payment(id);
      expect({ code, status: body.status }).toEqual({ code, status });
      expect(await alia.balance()).toBe(END[status].balance);
      expect(await journal(id)).toEqual(END[status].journal);
      expect(await messages()).toHaveLength(END[status].waiting);
      if (status !== 'REVERSED') return expect(body.failure).toBeNull();
      const kazakh = await server.mpp.call<typeof body>('GET', `/v1/payments/${id}`, {
        token: await server.mpp.customerToken(alia.id),
        headers: { 'x-locale': 'kk-KZ' },
      });
      expect(body.failure).toMatchObject({ code: 'KASPI_REFUSED', kaspiResultCode: code });
      expectSentences(body.failure?.message ?? '', kazakh.body.failure?.message ?? '');
      expect(body.failure?.message).toMatch(/Деньги возвращены\.$/);
    }

    /** Doubt comes after 15 minutes and not before; SUCCESS settles it, the money where it is owed. */
    async function expectDoubtAndSuccess({ alia, id }: Awaited<ReturnType<typeof debited>>, code: string) {
      answers('notifyPayment', ...Array.from({ length: 20 }, () => refusal(code)));
      for (let minute = 2; minute < 15; minute++) await rest();
      expect((await alia.payment(id)).body.status).toBe('PROCESSING');
      await rest();
      await rest();
      expect((await alia.payment(id)).body.status).toBe('IN_DOUBT');
      expect(await alia.balance()).toBe('900.00');
      kaspi.script = happy();
      await rest();
      expect((await alia.payment(id)).body.status).toBe('CONFIRMED');
      expect(await journal(id)).toEqual(['PAYMENT', 'SETTLEMENT']);
      expect(await messages()).toEqual([]);
    }

    it.each(NOTIFY_CODES)('$code as the first answer: $first', async ({ code, first }) => {
      answers('notifyPayment', refusal(code));
      const who = await debited();
      await rest();
      await expectEnd(who, first, code);
      expectOneNotify(1);
      if (first === 'PROCESSING') await expectDoubtAndSuccess(who, code);
    });

    it.each(NOTIFY_CODES)(
      '$code after an attempt that may have arrived: $afterSilence',
      async ({ code, afterSilence }) => {
        answers('notifyPayment', 'reset', refusal(code));
        const who = await debited();
        await rest();
        await rest();
        await expectEnd(who, afterSilence, code);
        expectOneNotify(2);
        if (afterSilence === 'PROCESSING') await expectDoubtAndSuccess(who, code);
      },
    );

    it.each(NOTIFY_CODES)('$code after an attempt that cannot have arrived: $first', async ({ code, first }) => {
      const alia = await customer();
      const { id } = (await alia.scan(`unsent-${alia.id}`)).body.payment;
      await kaspi.close();
      await alia.confirm(id);
      await rest();
      await kaspi.open();
      answers('notifyPayment', refusal(code));
      await rest();
      await expectEnd({ alia, id }, first, code);
      expectOneNotify(1);
      if (first !== 'PROCESSING') return;
      kaspi.script = happy();
      await rest();
      expect((await alia.payment(id)).body.status).toBe('CONFIRMED');
    });
  });

  describe('to the notify of what was not debited (R35): the delivery ends, and no money moves', () => {
    const told = {
      CANCELLED_BY_CLIENT: async () => {
        const alia = await customer();
        const { id } = (await alia.scan(`cancelled-${alia.id}`)).body.payment;
        await alia.cancel(id);
        return { alia, id, status: 'CANCELLED', balance: '1000.00' };
      },
      PROCESS_FAIL: async () => {
        const alia = await customer('99.99');
        const { id } = (await alia.scan(`poor-${alia.id}`)).body.payment;
        await alia.confirm(id);
        return { alia, id, status: 'DECLINED', balance: '99.99' };
      },
      RISK_REJECT: async () => {
        const alia = await customer('9000.00');
        const notifies = kaspi.script;
        const dear = happyKaspi({ amount: '5000.01', confirmUntil: null });
        kaspi.script = (request, index) => (request.path.endsWith('/scan') ? dear : notifies)(request, index);
        const { id } = (await alia.scan(`dear-${alia.id}`)).body.payment;
        await alia.confirm(id);
        return { alia, id, status: 'DECLINED', balance: '9000.00' };
      },
    };
    const cases = NOTIFY_CODES.flatMap(({ code }) =>
      (Object.keys(told) as (keyof typeof told)[]).map((result) => ({ code, result })),
    );

    it.each(cases)('$code to $result', async ({ code, result }) => {
      const unclear = code === 'UNKNOWN_EXCEPTION' || code === 'A_NEW_CODE';
      answers('notifyPayment', 'reset', ...Array.from({ length: 10 }, () => refusal(code)));
      const { alia, id, status, balance } = await told[result]();
      await rest();
      expect(await messages()).toHaveLength(1);
      await rest();
      expect(await messages()).toHaveLength(unclear ? 1 : 0);
      // Bounded where nothing is clear: the fifth attempt is the last.
      for (let attempt = 3; attempt <= 6; attempt++) await rest();
      expect(await messages()).toEqual([]);
      expectOneNotify(unclear ? 5 : 2);
      expect(JSON.parse(kaspi.of('notifyPayment')[0]?.body ?? '').result.resultCode).toBe(result);
      expect((await alia.payment(id)).body.status).toBe(status);
      expect(await alia.balance()).toBe(balance);
      expect(await journal(id)).toEqual([]);
    });
  });

  describe('to a question while the customer waits (R13): told to them, asked once', () => {
    async function expectRefused(ask: (locale: string) => Promise<{ status: number; body: unknown }>, code: string) {
      const texts: string[] = [];
      for (const locale of ['ru-RU', 'kk-KZ']) {
        kaspi.arrived.length = 0;
        const { status, body } = await ask(locale);
        expect({ status, body }).toMatchObject({ status: 422, body: { code: 'KASPI_REFUSED', kaspiResultCode: code } });
        expect(kaspi.arrived).toHaveLength(1);
        texts.push((body as { detail: string }).detail);
      }
      expectSentences(texts[0] ?? '', texts[1] ?? '');
    }

    it.each(SCAN_REFUSALS)('%s to a scan: no payment', async (code) => {
      answers('scan', refusal(code), refusal(code));
      const alia = await customer();
      const token = await server.mpp.customerToken(alia.id);
      await expectRefused(
        (locale) =>
          server.mpp.call('POST', '/v1/scans', { token, body: { qrCode: 'refused' }, headers: { 'x-locale': locale } }),
        code,
      );
      expect((await alia.payments()).body.items).toEqual([]);
    });

    it.each(CHECKOUT_REFUSALS)(
      '%s to a checkout: no price, nothing debited, and the customer can still go back',
      async (code) => {
        answers('checkout', refusal(code), refusal(code));
        const alia = await customer();
        const { id } = (await alia.scan(`custom-${alia.id}`)).body.payment;
        const token = await server.mpp.customerToken(alia.id);
        await expectRefused(
          (locale) =>
            server.mpp.call('POST', `/v1/payments/${id}/checkout`, {
              token,
              body: { parameters: FILLED },
              headers: { 'x-locale': locale },
            }),
          code,
        );
        expect((await alia.payment(id)).body).toMatchObject({ status: 'AWAITING_CHECKOUT', amount: null });
        expect(await alia.balance()).toBe('1000.00');
        expect((await alia.cancel(id)).body.status).toBe('CANCELLED');
        await rest();
      },
    );
  });

  describe('no answer at all (R9), several times in a row, and then one', () => {
    it.each(Object.keys(SILENCES))('%s: one debit, one notify to the byte, CONFIRMED by the answer', async (shape) => {
      const silence = SILENCES[shape] ?? 'reset';
      answers('notifyPayment', silence, silence, silence);
      const { alia, id } = await debited('silent');
      for (let attempt = 1; attempt <= 3; attempt++) {
        await rest();
        expect((await alia.payment(id)).body.status).toBe('PROCESSING');
        expect(await alia.balance()).toBe('900.00');
      }
      await rest();
      expect((await alia.payment(id)).body.status).toBe('CONFIRMED');
      expect(await journal(id)).toEqual(['PAYMENT', 'SETTLEMENT']);
      expectOneNotify(4);
    });

    it('connections that are refused, time and again: the same, and a refusal at the gate is then a refusal (R11)', async () => {
      for (const [code, status] of [
        ['SUCCESS', 'CONFIRMED'],
        ['PARAM_ILLEGAL', 'REVERSED'],
      ] as const) {
        kaspi.script = happy();
        kaspi.arrived.length = 0;
        const alia = await customer();
        const { id } = (await alia.scan(`down-${alia.id}`)).body.payment;
        await kaspi.close();
        await alia.confirm(id);
        for (let attempt = 1; attempt <= 3; attempt++) await rest();
        expect((await alia.payment(id)).body.status).toBe('PROCESSING');
        await kaspi.open();
        answers('notifyPayment', refusal(code));
        await rest();
        expect((await alia.payment(id)).body.status).toBe(status);
        expectOneNotify(1);
      }
    });

    it('all of them, one after the other: the same', async () => {
      const silences = Object.values(SILENCES);
      answers('notifyPayment', ...silences);
      const { alia, id } = await debited('all');
      for (let attempt = 0; attempt <= silences.length; attempt++) await rest();
      expect((await alia.payment(id)).body.status).toBe('CONFIRMED');
      expect(await alia.balance()).toBe('900.00');
      expectOneNotify(silences.length + 1);
    });

    it.each(['scan', 'checkout'])('to a %s: asked twice with the same bytes and id, then 503', async (method) => {
      const alia = await customer();
      const { id } = (await alia.scan(`custom-silent-${alia.id}`)).body.payment;
      for (const silence of Object.values(SILENCES)) {
        answers(method, silence, silence);
        kaspi.arrived.length = 0;
        const answer = method === 'scan' ? await alia.scan('silent') : await alia.checkout(id, FILLED);
        expect({ silence, answer }).toMatchObject({ answer: { status: 503, body: { code: 'KASPI_NO_ANSWER' } } });
        const asked = kaspi.arrived;
        expect(asked).toHaveLength(2);
        expect(asked[1]?.body).toBe(asked[0]?.body);
        expect(asked[1]?.headers['x-request-id']).toBe(asked[0]?.headers['x-request-id']);
      }
      // The form is the same still: now it is priced.
      kaspi.script = happy();
      expect((await alia.checkout(id, FILLED)).body).toMatchObject({
        status: 'AWAITING_CONFIRMATION',
        amount: '100.00',
      });
    });
  });

  it('leaves the books balanced', async () => {
    expect(await server.mpp.trialBalance()).toMatchObject({ balanced: true });
  });
});
