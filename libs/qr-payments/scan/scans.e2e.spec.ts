import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import {
  type Arrived,
  happyKaspi,
  KaspiPeer,
  type Reply,
  refusal,
  type Script,
} from '../../../test/support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../../../test/support/mpp.js';
import { TestClock } from '../../../test/support/test-clock.js';
import { until } from '../../../test/support/until.js';

const MINUTE = 60_000;
/** The contract's default of PAYMENT_TTL_MS. */
const TIME_LIMIT_MS = 15 * MINUTE;

describe('a scan', () => {
  const clock = new TestClock();
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let server: TestServer;

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start();
    const env = { DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url, CONFIRM_WAIT_MS: '0' };
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

  const customer = (balance?: string) => server.mpp.customer(balance);

  const recorded = ({ headers }: Arrived) =>
    database.query('select * from kaspi_calls where request_id = $1 order by attempt', [headers['x-request-id']]);
  const row = async (id: string) => (await database.query('select * from qr_payments where id = $1', [id]))[0];
  const become = (id: string, status: string) =>
    until(
      `payment ${id} is ${status}`,
      () => row(id),
      (payment) => payment?.status === status,
    );

  /** Scans are answered with this amount and deadline; notifies as the test plans. */
  function answering(amount: string, confirmUntil: string | null, notify?: Reply): Script {
    const happy = happyKaspi({ amount, confirmUntil });
    return (request, index) =>
      notify !== undefined && request.path.endsWith('Payment') ? notify : happy(request, index);
  }

  describe('is in the call log', () => {
    /** The call log at each request to the PS. */
    async function seenByPs(...replies: Reply[]) {
      const seen: Record<string, unknown>[][] = [];
      const happy = happyKaspi();
      kaspi.script = async (request, index) => {
        seen.push(await recorded(request));
        return replies.shift() ?? happy(request, index);
      };
      const alia = await customer();
      const answer = await alia.scan(`recorded-${alia.id}`);
      const [arrived] = kaspi.arrived;
      if (arrived === undefined) throw new Error('the PS received no scan');
      return { alia, answer, seen, after: await recorded(arrived) };
    }

    it('before it is sent, and with its answer and payment afterwards (R9)', async () => {
      const { alia, answer, seen, after } = await seenByPs();
      const request = `{"qrCode":"recorded-${alia.id}","customerId":"${alia.id.slice(0, 4)}*****"}`;
      const begun = { attempt: 1, method: 'scan', request, started_at: clock.now(), outcome: null, payment_id: null };
      expect(seen).toMatchObject([[begun]]);
      expect(answer.status).toBe(201);
      expect(after).toMatchObject([
        { attempt: 1, outcome: 'ANSWERED', result_code: 'SUCCESS', payment_id: answer.body.payment.id },
      ]);
      expect(after).toHaveLength(1);
    });

    it('with each of its two attempts: the second is sent after the first has ended (R13)', async () => {
      const { answer, seen, after } = await seenByPs({ status: 503, text: 'busy' });
      expect(seen).toMatchObject([
        [{ attempt: 1, outcome: null }],
        [
          { attempt: 1, outcome: 'UNKNOWN', http_status: 503 },
          { attempt: 2, outcome: null },
        ],
      ]);
      expect(after).toMatchObject([
        { outcome: 'UNKNOWN', payment_id: null },
        { outcome: 'ANSWERED', payment_id: answer.body.payment.id },
      ]);
      const [first, second] = kaspi.arrived;
      expect(second?.body).toBe(first?.body);
    });

    it('without a payment if the PS refuses or does not answer', async () => {
      const refused = await seenByPs(refusal('EXPIRED_CODE'));
      expect(refused.answer).toMatchObject({ status: 422, body: { code: 'KASPI_REFUSED' } });
      expect(refused.after).toMatchObject([{ outcome: 'ANSWERED', result_code: 'EXPIRED_CODE', payment_id: null }]);
      kaspi.arrived.length = 0;
      const silent = await seenByPs('reset', 'reset');
      expect(silent.answer.body).toMatchObject({ code: 'KASPI_NO_ANSWER' });
      expect(silent.after).toMatchObject([
        { attempt: 1, outcome: 'UNKNOWN', payment_id: null },
        { attempt: 2, outcome: 'UNKNOWN', payment_id: null },
      ]);
    });
  });

  describe('of a purchase that the customer has scanned before', () => {
    it('refreshes price and deadline until the confirm (R33)', async () => {
      const alia = await customer();
      kaspi.script = answering('100.00', '2026-03-10T12:05:00+06');
      const { id } = (await alia.scan(`price-${alia.id}`)).body.payment;
      const first = await row(id);
      clock.advance(MINUTE);
      kaspi.script = answering('250.00', '2099-03-10T12:05:00+06');
      const again = await alia.scan(`price-${alia.id}`);
      expect(again.body.payment).toMatchObject({ id, amount: '250.00', confirmUntil: '2099-03-10T06:05:00.000Z' });
      expect(await row(id)).toEqual({
        ...first,
        amount: '25000',
        confirm_until: new Date('2099-03-10T06:05:00Z'),
        expires_at: new Date('2099-03-10T06:04:58Z'),
        answered_at: clock.now(),
        updated_at: clock.now(),
        version: Number(first?.version) + 1,
      });
      expect(await alia.confirm(id, { expectedAmount: '100.00' })).toMatchObject({ body: { code: 'AMOUNT_CHANGED' } });
      await alia.confirm(id, { expectedAmount: '250.00' });
      expect(await alia.balance()).toBe('750.00');
    });

    it('removes the deadline if the PS names none, so that our own limit applies (R8)', async () => {
      const alia = await customer();
      kaspi.script = answering('100.00', '2099-03-10T12:05:00+06');
      const { id } = (await alia.scan(`none-${alia.id}`)).body.payment;
      kaspi.script = answering('100.00', null);
      expect((await alia.scan(`none-${alia.id}`)).body.payment).toMatchObject({ id, confirmUntil: null });
      clock.advance(TIME_LIMIT_MS + 1);
      expect((await alia.confirm(id)).body).toMatchObject({ status: 'EXPIRED' });
    });

    it('without a deadline restarts the customer’s 15 minutes, to the millisecond (R16)', async () => {
      const [alia, bekzat, once] = [await customer(), await customer(), await customer()];
      kaspi.script = answering('100.00', null);
      const scan = async (who: typeof alia) => (await who.scan(`limit-${who.id}`)).body.payment.id;
      const [inTime, tooLate, scannedOnce] = [await scan(alia), await scan(bekzat), await scan(once)];
      clock.advance(TIME_LIMIT_MS - 1);
      expect([await scan(alia), await scan(bekzat)]).toEqual([inTime, tooLate]);
      clock.advance(2);
      expect((await once.confirm(scannedOnce)).body).toMatchObject({ status: 'EXPIRED' });
      clock.advance(TIME_LIMIT_MS - 2);
      await alia.confirm(inTime);
      await become(inTime, 'CONFIRMED');
      clock.advance(1);
      expect((await bekzat.confirm(tooLate)).body).toMatchObject({ status: 'EXPIRED' });
      expect(await bekzat.balance()).toBe('1000.00');
    });

    it.each([
      { status: 'PROCESSING', notify: 'reset' as Reply, balance: '1000.00' },
      { status: 'CONFIRMED', notify: undefined, balance: '1000.00' },
      { status: 'REVERSED', notify: refusal('RISK_REJECT'), balance: '1000.00' },
      { status: 'DECLINED', notify: undefined, balance: '99.99' },
      { status: 'EXPIRED', notify: undefined, balance: '1000.00', late: true },
    ])('changes nothing of a payment that is $status', async ({ status, notify, balance, late = false }) => {
      const alia = await customer(balance);
      kaspi.script = answering('100.00', null, notify);
      const { id } = (await alia.scan(`kept-${alia.id}`)).body.payment;
      if (late) clock.advance(TIME_LIMIT_MS + 1);
      await alia.confirm(id);
      const before = await become(id, status);
      clock.advance(100);
      kaspi.script = answering('250.00', '2099-03-10T12:05:00+06', notify);
      const again = await alia.scan(`kept-${alia.id}`);
      expect(again).toMatchObject({ status: 200, body: { payment: { id, status, amount: '100.00' } } });
      expect(await row(id)).toEqual(before);
    });
  });
});
