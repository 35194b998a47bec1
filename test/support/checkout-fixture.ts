import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { createDatabase, type TestDatabase } from './database.js';
import { FILLED, happyKaspi, KaspiPeer, type Reply } from './kaspi-peer.js';
import { startTestServer, type TestServer } from './mpp.js';
import { TestClock } from './test-clock.js';

const MINUTE = 60_000;

/** The contract's default of PAYMENT_TTL_MS. */
export const TIME_LIMIT_MS = 15 * MINUTE;

/** The values sent to the PS, its own among them. */
export const SENT = [...FILLED, { id: 3934, value: 'Алматы' }];

export const OTHERS = [
  { id: 3932, value: '001AAA01' },
  { id: 3933, value: 'B2' },
];

/** A server and a scripted PS for the tests of checkouts: registers the hooks that start and stop it. */
export function checkoutFixture() {
  const clock = new TestClock();
  let database: TestDatabase;
  const fixture = {} as {
    kaspi: KaspiPeer;
    server: TestServer;
  };

  beforeAll(async () => {
    database = await createDatabase();
    fixture.kaspi = await KaspiPeer.start();
    const env = {
      DATABASE_URL: database.url,
      KASPI_BASE_URL: fixture.kaspi.url,
      CONFIRM_WAIT_MS: '0',
      // Tests start the expiry themselves.
      EXPIRY_POLL_MS: '3600000',
    };
    fixture.server = await startTestServer(env, clock);
  });

  afterAll(async () => {
    await fixture.server.stop();
    await fixture.kaspi.close();
    await database.drop();
  });

  beforeEach(() => {
    fixture.kaspi.script = happyKaspi();
    fixture.kaspi.arrived.length = 0;
  });

  async function customer() {
    const { id: customerId, ...calls } = await fixture.server.mpp.customer();
    return { customerId, token: await fixture.server.mpp.customerToken(customerId), ...calls };
  }

  /** A customer who has scanned a Custom QR. */
  async function scanCustomQr(kind = 'custom') {
    const alia = await customer();
    const qrCode = `${kind}-${alia.customerId}`;
    const { id } = (await alia.scan(qrCode)).body.payment;
    return { ...alia, id, qrCode, fillIn: (values: unknown) => alia.checkout(id, values) };
  }

  const row = async (id: string) => (await database.query('select * from qr_payments where id = $1', [id]))[0];
  const loggedCalls = (id: string) =>
    database.query('select * from kaspi_calls where payment_id = $1 and method = $2 order by started_at, request_id', [
      id,
      'checkout',
    ]);

  const history = async (id: string) =>
    (await database.query('select status from qr_payment_history where payment_id = $1 order by version', [id])).map(
      ({ status }) => status,
    );

  /** The checkouts that the PS received. */
  const sentCheckouts = () => fixture.kaspi.of('checkout').map(({ body }) => JSON.parse(body));
  const checkoutBody = (qrCode: string, parameters = SENT) => ({
    paymentId: `ps-${qrCode}`,
    serviceId: 2862,
    parameters,
  });
  /** The notifies that the PS received for this payment. */
  const notifiesFor = (id: string) =>
    fixture.kaspi
      .of('notifyPayment')
      .map(({ body }) => JSON.parse(body))
      .filter(({ payment }) => payment.mppPaymentId === id);

  /** Checkouts get these answers in turn, then the usual one. */
  function answerWith(replies: Reply[], beforeAnswer: () => Promise<unknown> = async () => undefined): void {
    const happy = happyKaspi();
    fixture.kaspi.script = async (request, index) => {
      if (!request.path.endsWith('/checkout')) return happy(request, index);
      await beforeAnswer();
      return replies.shift() ?? happy(request, index);
    };
  }

  /** The PS answers a checkout when the test lets it. */
  function holdAnswer() {
    const arrived = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    answerWith([], () => {
      arrived.resolve();
      return released.promise;
    });
    return { arrived: arrived.promise, release: released.resolve };
  }

  return {
    fixture,
    clock,
    customer,
    scanCustomQr,
    row,
    loggedCalls,
    history,
    sentCheckouts,
    checkoutBody,
    notifiesFor,
    answerWith,
    holdAnswer,
  };
}
