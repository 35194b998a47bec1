import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { Expiry } from '@mpp/qr-payments';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { FILLED, happyKaspi, KaspiPeer } from '../support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const MINUTE = 60_000;

let database: TestDatabase;
let kaspi: KaspiPeer;
let server: TestServer;
const clock = new TestClock();

const customer = (balance?: string) => server.mpp.customer(balance);

const happy = () => happyKaspi({ confirmUntil: new Date(clock.now().getTime() + 10 * MINUTE).toISOString() });
const rest = () => server.app.get(Outbox).drainOnce();
const told = () => kaspi.of('notifyPayment').map(({ body }) => JSON.parse(body));
const SCANNED = { Dynamic: 'AWAITING_CONFIRMATION', Static: 'AWAITING_AMOUNT', Custom: 'AWAITING_CHECKOUT' } as const;
const TYPES = Object.keys(SCANNED) as (keyof typeof SCANNED)[];

beforeAll(async () => {
  database = await createDatabase();
  kaspi = await KaspiPeer.start();
  server = await startTestServer(
    { DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url, BACKGROUND_WORK: 'off', MAX_PAYMENT_AMOUNT: '5000.00' },
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

describe('a Static QR payment', () => {
  it('takes the amount from the customer, tells it to the PS, and ends CONFIRMED (R2, R4)', async () => {
    const alia = await customer();
    const scanned = (await alia.scan(`static-${alia.id}`)).body;
    expect(scanned).toMatchObject({ qrCodeType: 'Static', payment: { status: 'AWAITING_AMOUNT', amount: null } });
    const confirmed = await alia.confirm(scanned.payment.id, { amount: '150', expectedAmount: '150.00' });
    expect(confirmed).toMatchObject({ status: 200, body: { status: 'CONFIRMED', amount: '150.00' } });
    expect(told()).toMatchObject([{ result: { resultCode: 'SUCCESS' }, payment: { paymentAmount: '150.00' } }]);
    expect(await alia.balance()).toBe('850.00');
  });

  it.each([
    { what: 'no amount', request: {}, status: 422, code: 'AMOUNT_INVALID' },
    { what: 'nothing', request: { amount: '0.00' }, status: 422, code: 'AMOUNT_INVALID' },
    { what: 'tiyn (R3)', request: { amount: '150.50' }, status: 422, code: 'AMOUNT_NOT_WHOLE' },
    { what: 'more than MAX_PAYMENT_AMOUNT', request: { amount: '5001' }, status: 422, code: 'LIMIT_EXCEEDED' },
    { what: 'less than nothing', request: { amount: '-1' }, status: 400, code: 'VALIDATION_FAILED' },
    { what: 'a comma', request: { amount: '150,00' }, status: 400, code: 'VALIDATION_FAILED' },
    { what: 'a number', request: { amount: 150 }, status: 400, code: 'VALIDATION_FAILED' },
    {
      what: 'another expected amount',
      request: { amount: '150', expectedAmount: '151' },
      status: 409,
      code: 'AMOUNT_CHANGED',
    },
  ])(
    'with $what is refused, and nothing has changed: the right amount is taken afterwards',
    async ({ request, status, code }) => {
      const alia = await customer('9000.00');
      const { id } = (await alia.scan(`static-${alia.id}`)).body.payment;
      const before = await database.query('select * from qr_payments where id = $1', [id]);
      expect(await alia.confirm(id, request)).toMatchObject({ status, body: { code } });
      expect(await database.query('select * from qr_payments where id = $1', [id])).toEqual(before);
      expect(told()).toEqual([]);
      expect((await alia.confirm(id, { amount: '5000' })).body).toMatchObject({
        status: 'CONFIRMED',
        amount: '5000.00',
      });
      expect(await alia.balance()).toBe('4000.00');
    },
  );

  it('confirmed again, with whatever amount, is shown as it is', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`static-${alia.id}`)).body.payment;
    await alia.confirm(id, { amount: '100' });
    for (const request of [{ amount: '100' }, { amount: '200' }, { amount: '0.50' }, {}])
      expect(await alia.confirm(id, request)).toMatchObject({
        status: 200,
        body: { status: 'CONFIRMED', amount: '100.00' },
      });
    expect(await alia.balance()).toBe('900.00');
    expect(told()).toHaveLength(1);
  });

  it('without enough money is DECLINED with the amount that was entered, and the PS is told it (R4, R15)', async () => {
    const alia = await customer('99.00');
    const { id } = (await alia.scan(`static-${alia.id}`)).body.payment;
    const declined = await alia.confirm(id, { amount: '100' });
    expect(declined.body).toMatchObject({
      status: 'DECLINED',
      amount: '100.00',
      failure: { code: 'INSUFFICIENT_FUNDS' },
    });
    await rest();
    expect(told()).toMatchObject([{ result: { resultCode: 'PROCESS_FAIL' }, payment: { paymentAmount: '100.00' } }]);
  });
});

describe('going back (R14)', () => {
  it.each(TYPES)('before the debit of a %s payment: CANCELLED, repeated too, and the PS is told once', async (type) => {
    const alia = await customer();
    const scanned = (await alia.scan(`${type.toLowerCase()}-back-${alia.id}`)).body.payment;
    expect(scanned.status).toBe(SCANNED[type]);
    for (let time = 0; time < 3; time++) {
      expect(await alia.cancel(scanned.id)).toMatchObject({
        status: 200,
        body: { id: scanned.id, status: 'CANCELLED' },
      });
    }
    await rest();
    expect(told()).toEqual([
      {
        result: { resultCode: 'CANCELLED_BY_CLIENT', resultMessage: 'cancelled by client' },
        payment: { paymentId: `ps-${type.toLowerCase()}-back-${alia.id}`, mppPaymentId: scanned.id },
        customerId: alia.id,
      },
    ]);
    expect(await alia.confirm(scanned.id, type === 'Static' ? { amount: '100' } : {})).toMatchObject({
      status: 200,
      body: { status: 'CANCELLED' },
    });
    expect(await alia.balance()).toBe('1000.00');
  });

  it('with the price of a service known: the PS is told it, too (R4)', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`custom-back-${alia.id}`)).body.payment;
    await alia.checkout(id, FILLED);
    expect((await alia.cancel(id)).body.status).toBe('CANCELLED');
    await rest();
    expect(told()).toMatchObject([{ payment: { paymentAmount: '100.00' } }]);
  });

  it('is told until the PS answers', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`back-silent-${alia.id}`)).body.payment;
    kaspi.script = () => 'reset';
    expect((await alia.cancel(id)).body.status).toBe('CANCELLED');
    await rest();
    kaspi.script = happy();
    clock.advance(MINUTE);
    await rest();
    expect(told()).toHaveLength(2);
    expect(await database.query('select 1 from outbox_messages')).toEqual([]);
  });

  it('after the debit: 409, and the payment goes on', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`back-late-${alia.id}`)).body.payment;
    await alia.confirm(id);
    expect(await alia.cancel(id)).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
    expect((await alia.payment(id)).body.status).toBe('CONFIRMED');
    expect(told()).toHaveLength(1);
  });

  it('from a payment that was DECLINED: 409', async () => {
    const alia = await customer('1.00');
    const { id } = (await alia.scan(`back-poor-${alia.id}`)).body.payment;
    await alia.confirm(id);
    expect(await alia.cancel(id)).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
    await rest();
  });

  it('from a purchase that somebody else has paid: CANCELLED for them, and the PS is not told: the purchase stands (R33)', async () => {
    const [alia, bekzat] = [await customer(), await customer()];
    const qrCode = `back-shared-${alia.id}`;
    const [hers, his] = [(await alia.scan(qrCode)).body.payment.id, (await bekzat.scan(qrCode)).body.payment.id];
    await alia.confirm(hers);
    expect((await bekzat.cancel(his)).body).toMatchObject({ status: 'CANCELLED' });
    await rest();
    expect(told().map(({ result }) => result.resultCode)).toEqual(['SUCCESS']);
    expect((await alia.payment(hers)).body.status).toBe('CONFIRMED');
  });

  it('from somebody else’s payment: 404', async () => {
    const [alia, bekzat] = [await customer(), await customer()];
    const { id } = (await alia.scan(`back-other-${alia.id}`)).body.payment;
    expect((await bekzat.cancel(id)).status).toBe(404);
    expect((await alia.payment(id)).body.status).toBe('AWAITING_CONFIRMATION');
  });
});

describe('a payment that nobody confirms (R16)', () => {
  const expire = () => server.app.get(Expiry).expireDue();

  it.each(TYPES)('of a %s QR: EXPIRED when its time is over and not before; nobody is told', async (type) => {
    const alia = await customer();
    const { id } = (await alia.scan(`${type.toLowerCase()}-time-${alia.id}`)).body.payment;
    // Custom has no deadline before its checkout: the customer's own quarter of an hour.
    const lastMoment = type === 'Custom' ? 15 * MINUTE : 10 * MINUTE - 2000;
    clock.advance(lastMoment);
    await expire();
    expect((await alia.payment(id)).body.status).toBe(SCANNED[type]);
    clock.advance(1);
    await expire();
    expect((await alia.payment(id)).body).toMatchObject({ status: 'EXPIRED', failure: { code: 'CONFIRMED_TOO_LATE' } });
    await rest();
    expect(told()).toEqual([]);
    const confirm = await alia.confirm(id, type === 'Static' ? { amount: '100' } : {});
    expect(confirm).toMatchObject({ status: 200, body: { status: 'EXPIRED' } });
    expect(await alia.balance()).toBe('1000.00');
  });

  it('and whose customer then goes back: it stays EXPIRED, and the PS is told once', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`time-back-${alia.id}`)).body.payment;
    clock.advance(10 * MINUTE);
    await expire();
    for (let time = 0; time < 3; time++) {
      expect(await alia.cancel(id)).toMatchObject({ status: 200, body: { status: 'EXPIRED' } });
      await rest();
    }
    expect(told()).toMatchObject([{ result: { resultCode: 'CANCELLED_BY_CLIENT' } }]);
    const history = await database.query(
      'select status from qr_payment_history where payment_id = $1 order by version',
      [id],
    );
    expect(history).toEqual([{ status: 'AWAITING_CONFIRMATION' }, { status: 'EXPIRED' }]);
  });

  it('is ended by the schedule of a server that runs, without anybody asking', async () => {
    const scheduled = await startTestServer(
      { DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url, EXPIRY_POLL_MS: '20' },
      clock,
    );
    try {
      const alia = await customer();
      const { id } = (await alia.scan(`schedule-${alia.id}`)).body.payment;
      clock.advance(10 * MINUTE);
      await until(
        'EXPIRED',
        () => alia.payment(id),
        ({ body }) => body.status === 'EXPIRED',
      );
    } finally {
      await scheduled.stop();
    }
  });
});

describe('a QR code that QR_PATTERNS do not know', () => {
  it('is refused with a clear problem in the customer’s language, and the PS is not asked; one that they know is', async () => {
    const strict = await startTestServer(
      { DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url, QR_PATTERNS: '592\\S+ https://kaspi\\.kz/pay/\\S+' },
      clock,
    );
    try {
      const token = await strict.mpp.customerToken('900000000001');
      const scan = (qrCode: string, locale = 'ru-RU') =>
        strict.mpp.call('POST', '/v1/scans', { token, body: { qrCode }, headers: { 'x-locale': locale } });
      for (const qrCode of ['https://example.kz/', '5921 2', 'x592123', '592', 'https://kaspi.kz/pay/ x']) {
        expect(await scan(qrCode)).toMatchObject({ status: 422, body: { code: 'QR_UNKNOWN' } });
      }
      expect((await scan('0', 'ru-RU')).body.detail).toBe('Отсканируйте QR-код Kaspi для оплаты.');
      expect((await scan('0', 'kk-KZ')).body.detail).toBe('Төлеуге арналған Kaspi QR-кодын сканерлеңіз.');
      expect(kaspi.arrived).toEqual([]);
      for (const qrCode of ['5921', 'https://kaspi.kz/pay/MyTest3Param']) expect((await scan(qrCode)).status).toBe(201);
    } finally {
      await strict.stop();
    }
  });

  it('is handed to the PS where none are set, whatever it is', async () => {
    const alia = await customer();
    expect((await alia.scan(`whatever it is, ${alia.id}`)).status).toBe(201);
  });
});
