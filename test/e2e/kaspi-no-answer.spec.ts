import { describe, expect, it } from '@jest/globals';
import { happyKaspi, inTurn, type Reply, refusal } from '../support/kaspi-peer.js';
import { paymentFixture } from '../support/payment-fixture.js';
import { until } from '../support/until.js';

const RETRY_SOON = {
  CONFIRM_WAIT_MS: '8000',
  NOTIFY_RETRY_BASE_MS: '50',
  NOTIFY_RETRY_MAX_MS: '200',
  KASPI_TIMEOUT_MS: '2000',
  SCAN_TIMEOUT_MS: '2000',
};
const fixture = paymentFixture(RETRY_SOON);
const { customer } = fixture;

describe('a scan', () => {
  it('refused by the PS is refused to the customer with the PS’s code, in their language, without a retry (R13)', async () => {
    const alia = await customer();
    fixture.kaspi.script = () => refusal('EXPIRED_CODE');
    const token = await fixture.server.mpp.customerToken(alia.id);
    const headers = { 'x-locale': 'kk-KZ' };
    const refused = await fixture.server.mpp.call('POST', '/v1/scans', { token, headers, body: { qrCode: 'old' } });
    const detail = 'QR-кодтың мерзімі өтті. Жаңасын сұраңыз.';
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'KASPI_REFUSED', kaspiResultCode: 'EXPIRED_CODE', detail },
    });
    expect(fixture.kaspi.of('scan')).toHaveLength(1);
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
  ])('that gets %s is sent once more with the same id, then answered 503 (R13)', async (_, reply) => {
    const alia = await customer();
    fixture.kaspi.script = () => reply;
    expect(await alia.scan('silent')).toMatchObject({ status: 503, body: { code: 'KASPI_NO_ANSWER' } });
    expect(fixture.kaspi.of('scan')).toHaveLength(2);
    expect(new Set(fixture.kaspi.of('scan').map(({ headers }) => headers['x-request-id'])).size).toBe(1);
    fixture.kaspi.script = (request, index) => (index === 2 ? reply : happyKaspi()(request, index));
    expect((await alia.scan('silent-once')).status).toBe(201);
  });
});

describe('while the PS does not answer', () => {
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
      'answers 429 and 408',
      [
        { status: 429, json: { result: { resultCode: 'PROCESS_FAIL' } } },
        { status: 408, text: '' },
      ],
    ],
    ['answers with an unclear code', [refusal('UNKNOWN_EXCEPTION'), refusal('SOMETHING_NEW')]],
  ])(
    'and %s, the payment is PROCESSING and then CONFIRMED without another call: one debit, the same body and id in every attempt (R9, R10)',
    async (what, replies) => {
      const alia = await customer();
      const { id } = (await alia.scan(`down ${what}`)).body.payment;
      const scripted = inTurn('notifyPayment', replies, happyKaspi());
      const statuses: string[] = [];
      fixture.kaspi.script = async (request, index) => {
        statuses.push((await alia.payment(id)).body.status);
        return scripted(request, index);
      };
      const answer = await alia.confirm(id);
      expect([200, 202]).toContain(answer.status);
      await until(
        'CONFIRMED',
        () => alia.payment(id),
        ({ body }) => body.status === 'CONFIRMED',
      );
      expect(statuses).toEqual(Array.from({ length: replies.length + 1 }, () => 'PROCESSING'));
      const requests = fixture.kaspi.of('notifyPayment');
      expect(requests).toHaveLength(replies.length + 1);
      expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
      expect(new Set(requests.map(({ headers }) => headers['x-request-id'])).size).toBe(1);
      expect(await alia.balance()).toBe('900.00');
    },
  );

  it('and refuses connections, the caller is answered 202 PROCESSING in time, and the payment ends CONFIRMED when the PS is back', async () => {
    const alia = await customer();
    const { id } = (await alia.scan('unplugged')).body.payment;
    await fixture.kaspi.close();
    const answer = await alia.confirm(id);
    expect(answer).toMatchObject({ status: 202, body: { status: 'PROCESSING', receipt: null } });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await alia.balance()).toBe('900.00');
    await fixture.kaspi.open();
    await until(
      'CONFIRMED',
      () => alia.payment(id),
      ({ body }) => body.status === 'CONFIRMED',
    );
    const outcomes = await fixture.database.query<{ outcome: string }>(
      `select outcome from kaspi_calls where payment_id = $1 and method = 'notifyPayment' order by attempt`,
      [id],
    );
    expect(outcomes).toContainEqual({ outcome: 'NOT_SENT' });
    expect(outcomes.at(-1)).toEqual({ outcome: 'ANSWERED' });
  });
});
