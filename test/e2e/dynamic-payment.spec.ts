import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { happyKaspi, inTurn, KaspiPeer, LINKS, type Reply, refusal } from '../support/kaspi-peer.js';
import { type PaymentBody, startTestServer, type TestServer } from '../support/mpp.js';
import { until } from '../support/until.js';

const SOON = {
  NOTIFY_RETRY_BASE_MS: '50',
  NOTIFY_RETRY_MAX_MS: '200',
  KASPI_TIMEOUT_MS: '1000',
  SCAN_TIMEOUT_MS: '1000',
};

let database: TestDatabase;
let kaspi: KaspiPeer;
let server: TestServer;

/** A customer of their own for each test, with an account that holds this amount. */
const customer = (balance?: string) => server.mpp.customer(balance);

/** Answers scans; what becomes of notifies is the test's. */
const notifiesGet = (...replies: Reply[]) => inTurn('notifyPayment', replies, happyKaspi());

beforeAll(async () => {
  database = await createDatabase();
  kaspi = await KaspiPeer.start();
  server = await startTestServer({
    DATABASE_URL: database.url,
    KASPI_BASE_URL: kaspi.url,
    CONFIRM_WAIT_MS: '5000',
    ...SOON,
  });
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
    expect(await server.mpp.trialBalance()).toMatchObject({ balanced: true });
  });

  it('is asked and told with the regulation’s headers: our name, the customer’s language, an id of ours', async () => {
    const alia = await customer();
    const token = await server.mpp.customerToken(alia.id);
    const headers = { 'x-locale': 'kk-KZ' };
    const scanned = await server.mpp.call<{ payment: { id: string } }>('POST', '/v1/scans', {
      token,
      headers,
      body: { qrCode: 'headers' },
    });
    await server.mpp.call('POST', `/v1/payments/${scanned.body.payment.id}/confirm`, { token, headers, body: {} });
    expect(kaspi.arrived).toHaveLength(2);
    for (const { headers: sent } of kaspi.arrived) {
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
    kaspi.script = happyKaspi({ confirmUntil: '2099-02-19T15:57:41+06' });
    const second = await alia.scan('coffee-again');
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body.payment).toMatchObject({ id: first.body.payment.id, confirmUntil: '2099-02-19T09:57:41.000Z' });
    expect((await alia.confirm(first.body.payment.id)).body).toMatchObject({ status: 'CONFIRMED' });
    const third = await alia.scan('coffee-again');
    expect(third).toMatchObject({ status: 200, body: { payment: { status: 'CONFIRMED', receipt: LINKS } } });
    expect(await alia.balance()).toBe('900.00');
  });

  it('scanned by two customers is debited from the first who confirms, and from nobody else (R33)', async () => {
    const [alia, bekzat] = [await customer(), await customer()];
    const one = (await alia.scan('shared-table')).body.payment;
    const other = (await bekzat.scan('shared-table')).body.payment;
    expect(one.id).not.toBe(other.id);
    const answers = await Promise.all([alia.confirm(one.id), bekzat.confirm(other.id)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'ALREADY_PAID' });
    expect([await alia.balance(), await bekzat.balance()].sort()).toEqual(['1000.00', '900.00']);
    expect(kaspi.of('notifyPayment')).toHaveLength(1);
    const late = answers[0]?.status === 409 ? await alia.confirm(one.id) : await bekzat.confirm(other.id);
    expect(late.status).toBe(409);
  });

  it('without enough money is DECLINED, nothing is debited, and the PS is told PROCESS_FAIL once (R15)', async () => {
    const poor = await customer('99.99');
    const { id } = (await poor.scan('too-dear')).body.payment;
    const declined = await poor.confirm(id);
    expect(declined).toMatchObject({
      status: 200,
      body: { status: 'DECLINED', failure: { code: 'INSUFFICIENT_FUNDS' } },
    });
    await until(
      'the PS is told',
      () => kaspi.of('notifyPayment').length,
      (told) => told === 1,
    );
    const { result, payment } = JSON.parse(kaspi.of('notifyPayment')[0]?.body ?? '{}');
    expect(result.resultCode).toBe('PROCESS_FAIL');
    expect(payment).toEqual({ paymentId: 'ps-too-dear', mppPaymentId: id });
    expect((await poor.confirm(id)).body).toMatchObject({ status: 'DECLINED' });
    expect(await poor.balance()).toBe('99.99');
    expect(kaspi.of('notifyPayment')).toHaveLength(1);
  });

  it('two payments at once from an account that can pay one: one is confirmed, the other declined', async () => {
    const alia = await customer('150.00');
    const ids = [(await alia.scan('race-a')).body.payment.id, (await alia.scan('race-b')).body.payment.id];
    const answers = await Promise.all(ids.map((id) => alia.confirm(id)));
    expect(answers.map(({ body }) => body.status).sort()).toEqual(['CONFIRMED', 'DECLINED']);
    expect(await alia.balance()).toBe('50.00');
    // The declined one is told in the background; it must not take the next test's answer.
    await until(
      'the PS is told of both',
      () => kaspi.of('notifyPayment').length,
      (told) => told === 2,
    );
  });

  it('refused by the PS after the debit is REVERSED at once, the customer’s money back, the reason in their language (R11)', async () => {
    const alia = await customer();
    const { id } = (await alia.scan('refused')).body.payment;
    kaspi.script = notifiesGet(refusal('RISK_REJECT'));
    const reversed = await alia.confirm(id);
    expect(reversed).toMatchObject({
      status: 200,
      body: { status: 'REVERSED', failure: { code: 'KASPI_REFUSED', kaspiResultCode: 'RISK_REJECT' } },
    });
    const message = async (locale: string) => {
      const token = await server.mpp.customerToken(alia.id);
      const headers = { 'x-locale': locale };
      const { body } = await server.mpp.call<PaymentBody>('GET', `/v1/payments/${id}`, { token, headers });
      return body.failure?.message;
    };
    expect(await message('ru-RU')).toBe('Операция отклонена системой безопасности. Деньги возвращены.');
    expect(await message('kk-KZ')).toBe('Операцияны қауіпсіздік жүйесі қабылдамады. Ақша қайтарылды.');
    expect(await alia.balance()).toBe('1000.00');
    expect(await server.mpp.trialBalance()).toMatchObject({ balanced: true });
    await alia.confirm(id);
    expect(kaspi.of('notifyPayment')).toHaveLength(1);
  });

  it('refused at the gate after a silence says nothing about what happened before: the debit stands until SUCCESS (R11)', async () => {
    const alia = await customer();
    const { id } = (await alia.scan('gate')).body.payment;
    kaspi.script = notifiesGet('reset', refusal('PAYMENT_INCORRECT_STATUS'), refusal('PARAM_ILLEGAL'));
    expect((await alia.confirm(id)).body).toMatchObject({ status: 'CONFIRMED' });
    expect(kaspi.of('notifyPayment')).toHaveLength(4);
    expect(await alia.balance()).toBe('900.00');
  });

  it('is refused when another amount is expected than the one to be debited, and nothing moves', async () => {
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
    kaspi.script = happyKaspi({ confirmUntil: deadline() });
    const { id } = (await alia.scan(`late ${when}`)).body.payment;
    expect(await alia.confirm(id)).toMatchObject({
      status: 200,
      body: { status: 'EXPIRED', failure: { code: 'CONFIRMED_TOO_LATE' } },
    });
    expect(await alia.balance()).toBe('1000.00');
    expect(kaspi.of('notifyPayment')).toHaveLength(0);
  });

  it('with tiyn is debited to the tiyn, and the PS is sent no amount (R3, R4)', async () => {
    const alia = await customer();
    kaspi.script = happyKaspi({ amount: '150.55' });
    const { id } = (await alia.scan('tiyn')).body.payment;
    expect((await alia.confirm(id)).body).toMatchObject({ status: 'CONFIRMED', amount: '150.55' });
    expect(await alia.balance()).toBe('849.45');
    expect(JSON.parse(kaspi.of('notifyPayment')[0]?.body ?? '{}').payment).not.toHaveProperty('paymentAmount');
  });

  it('is listed to its customer alone, newest first, page by page', async () => {
    const [alia, bekzat] = [await customer(), await customer()];
    const scanned: string[] = [];
    for (const purchase of ['list-1', 'list-2', 'list-3']) scanned.push((await alia.scan(purchase)).body.payment.id);
    const first = (await alia.payments('?limit=2')).body;
    const rest = (await alia.payments(`?limit=2&cursor=${first.nextCursor}`)).body;
    const seen = [...first.items, ...rest.items].map(({ id }) => id);
    expect(seen).toEqual(scanned.toReversed());
    expect(rest.nextCursor).toBeNull();
    expect((await bekzat.payments()).body.items).toEqual([]);
    const strange = seen[0] ?? '';
    for (const look of [bekzat.payment(strange), bekzat.confirm(strange), bekzat.receipt(strange)]) {
      expect(await look).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    }
  });
});

describe('a scan', () => {
  it('refused by the PS is refused to the customer with the PS’s code, in their language, without a retry (R13)', async () => {
    const alia = await customer();
    kaspi.script = () => refusal('EXPIRED_CODE');
    const token = await server.mpp.customerToken(alia.id);
    const headers = { 'x-locale': 'kk-KZ' };
    const refused = await server.mpp.call('POST', '/v1/scans', { token, headers, body: { qrCode: 'old' } });
    const detail = 'QR-кодтың мерзімі өтті. Жаңасын сұраңыз.';
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'KASPI_REFUSED', kaspiResultCode: 'EXPIRED_CODE', detail },
    });
    expect(kaspi.of('scan')).toHaveLength(1);
  });

  it.each<[string, Reply]>([
    ['a reset', 'reset'],
    ['silence', 'hang'],
    ['503', { status: 503, text: 'away' }],
    ['HTML', { text: '<html></html>' }],
    [
      'an answer that lacks its amount',
      { json: { result: { resultCode: 'SUCCESS' }, qrCodeType: 'Dynamic', payment: { paymentId: 'x' } } },
    ],
  ])('that meets %s is tried once more with the same id, then answered 503 (R13)', async (_, reply) => {
    const alia = await customer();
    kaspi.script = () => reply;
    expect(await alia.scan('silent')).toMatchObject({ status: 503, body: { code: 'KASPI_NO_ANSWER' } });
    expect(kaspi.of('scan')).toHaveLength(2);
    expect(new Set(kaspi.of('scan').map(({ headers }) => headers['x-request-id'])).size).toBe(1);
    kaspi.script = (request, index) => (index === 2 ? reply : happyKaspi()(request, index));
    expect((await alia.scan('silent-once')).status).toBe(201);
  });
});

describe('while the PS is down', () => {
  it.each<[string, Reply[]]>([
    ['resets connections', ['reset', 'reset', 'reset']],
    ['hangs', ['hang', 'hang']],
    [
      'answers 503',
      [
        { status: 503, text: '' },
        { status: 503, json: { result: { resultCode: 'PROCESS_FAIL' } } },
      ],
    ],
    ['answers HTML', [{ text: '<html>sorry</html>' }, { status: 404, text: 'nginx' }]],
    ['answers without a result', [{ json: {} }, { json: { result: {} } }, { status: 400, json: { error: 'x' } }]],
    [
      'asks to come later',
      [
        { status: 429, json: { result: { resultCode: 'PROCESS_FAIL' } } },
        { status: 408, text: '' },
      ],
    ],
    ['knows no better', [refusal('UNKNOWN_EXCEPTION'), refusal('SOMETHING_NEW')]],
  ])(
    'and %s, the payment is PROCESSING and then CONFIRMED by itself: one debit, the same body and id throughout (R9, R10)',
    async (what, replies) => {
      const alia = await customer();
      const { id } = (await alia.scan(`down ${what}`)).body.payment;
      const scripted = notifiesGet(...replies);
      const seen: string[] = [];
      kaspi.script = async (request, index) => {
        seen.push((await alia.payment(id)).body.status);
        return scripted(request, index);
      };
      const answer = await alia.confirm(id);
      expect([200, 202]).toContain(answer.status);
      await until(
        'CONFIRMED',
        () => alia.payment(id),
        ({ body }) => body.status === 'CONFIRMED',
      );
      expect(seen).toEqual(Array.from({ length: replies.length + 1 }, () => 'PROCESSING'));
      const told = kaspi.of('notifyPayment');
      expect(told).toHaveLength(replies.length + 1);
      expect(new Set(told.map(({ body }) => body)).size).toBe(1);
      expect(new Set(told.map(({ headers }) => headers['x-request-id'])).size).toBe(1);
      expect(await alia.balance()).toBe('900.00');
    },
  );

  it('and refuses connections, the caller is answered 202 PROCESSING in time, and the payment ends CONFIRMED when the PS is back', async () => {
    const alia = await customer();
    const { id } = (await alia.scan('unplugged')).body.payment;
    await kaspi.close();
    const answer = await alia.confirm(id);
    expect(answer).toMatchObject({ status: 202, body: { status: 'PROCESSING', receipt: null } });
    expect(await alia.balance()).toBe('900.00');
    await kaspi.open();
    await until(
      'CONFIRMED',
      () => alia.payment(id),
      ({ body }) => body.status === 'CONFIRMED',
    );
    const outcomes = await database.query<{ outcome: string }>(
      `select outcome from kaspi_calls where payment_id = $1 and method = 'notifyPayment' order by attempt`,
      [id],
    );
    expect(outcomes).toContainEqual({ outcome: 'NOT_SENT' });
    expect(outcomes.at(-1)).toEqual({ outcome: 'ANSWERED' });
  });
});
