import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { type RunningSimulator, startSimulator } from '../../apps/kaspi-simulator/start.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { FILLED, happyKaspi, inTurn, KaspiPeer, type Reply } from '../support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { TestClock } from '../support/test-clock.js';

const MINUTE = 60_000;
const OTHER = [{ id: 3932, value: '001AAA01' }, ...FILLED.slice(1)];

let database: TestDatabase;
let kaspi: KaspiPeer;
let server: TestServer;
const clock = new TestClock();

const customer = ({ mpp }: TestServer = server) => mpp.customer();

const happy = () => happyKaspi({ confirmUntil: new Date(clock.now().getTime() + 600 * MINUTE).toISOString() });
const told = () => kaspi.of('notifyPayment').map(({ body }) => JSON.parse(body).result.resultCode as string);

/** All that is due is delivered; what comes next is due at once. */
async function rest(): Promise<void> {
  await server.app.get(Outbox).drainOnce();
  clock.advance(MINUTE);
}

beforeAll(async () => {
  database = await createDatabase();
  kaspi = await KaspiPeer.start();
  const env = {
    DATABASE_URL: database.url,
    KASPI_BASE_URL: kaspi.url,
    BACKGROUND_WORK: 'off',
    CONFIRM_WAIT_MS: '0',
    KASPI_TIMEOUT_MS: '500',
    IN_DOUBT_AFTER_MS: '1',
  };
  server = await startTestServer(env, clock);
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

/** Notifies get these, one after the other, and then what they get as ever. */
function notifiesGet(...replies: Reply[]): void {
  kaspi.script = inTurn('notifyPayment', replies, happy());
}

describe('a purchase that two customers have scanned (R33)', () => {
  it('is paid by one while the other’s going back still waits to be told: it is not told any more, and the purchase stands', async () => {
    const [alia, bekzat] = [await customer(), await customer()];
    const [hers, his] = [(await alia.scan('shared')).body.payment.id, (await bekzat.scan('shared')).body.payment.id];
    notifiesGet('reset', 'reset');
    await bekzat.cancel(his);
    await rest();
    await rest();
    await alia.confirm(hers);
    for (let time = 0; time < 3; time++) await rest();
    expect(told()).toEqual(['CANCELLED_BY_CLIENT', 'CANCELLED_BY_CLIENT', 'SUCCESS']);
    expect((await alia.payment(hers)).body.status).toBe('CONFIRMED');
    expect((await bekzat.payment(his)).body.status).toBe('CANCELLED');
    expect(await database.query('select 1 from outbox_messages')).toEqual([]);
    // What was not told is on record as not sent.
    const ends = await database.query('select outcome from kaspi_calls where payment_id = $1 order by started_at', [
      his,
    ]);
    expect(ends.slice(-1)).toEqual([{ outcome: 'NOT_SENT' }]);
  });

  it('nor can an operator have it told again', async () => {
    const [alia, bekzat] = [await customer(), await customer()];
    const [hers, his] = [
      (await alia.scan('shared-2')).body.payment.id,
      (await bekzat.scan('shared-2')).body.payment.id,
    ];
    await bekzat.cancel(his);
    await rest();
    await alia.confirm(hers);
    await rest();
    const [done] = await database.query<{ id: string }>('select id from outbox_done where key = $1', [his]);
    const token = await server.mpp.teamToken('operations');
    expect(await server.mpp.call('POST', `/ops/v1/outbox/${done?.id}/retry`, { token })).toMatchObject({ status: 409 });
  });

  it('has one form: other values than those that were asked for somebody else are refused, the same ones are priced (R37)', async () => {
    const [alia, bekzat] = [await customer(), await customer()];
    const [hers, his] = [
      (await alia.scan('custom-1')).body.payment.id,
      (await bekzat.scan('custom-1')).body.payment.id,
    ];
    expect((await alia.checkout(hers, FILLED)).status).toBe(200);
    expect(await bekzat.checkout(his, OTHER)).toMatchObject({ status: 409, body: { code: 'FORM_FROZEN' } });
    expect((await bekzat.payment(his)).body).toMatchObject({ status: 'AWAITING_CHECKOUT', amount: null });
    expect(await bekzat.checkout(his, FILLED)).toMatchObject({ status: 200, body: { amount: '100.00' } });
    expect(new Set(kaspi.of('checkout').map(({ body }) => body)).size).toBe(1);
  });

  it('and filled in by both at the same moment: one of them is first', async () => {
    const [alia, bekzat] = [await customer(), await customer()];
    const [hers, his] = [
      (await alia.scan('custom-2')).body.payment.id,
      (await bekzat.scan('custom-2')).body.payment.id,
    ];
    const answers = await Promise.all([alia.checkout(hers, FILLED), bekzat.checkout(his, OTHER)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(new Set(kaspi.of('checkout').map(({ body }) => body)).size).toBe(1);
  });
});

describe('a form that is frozen', () => {
  it('may be sent again without what is frozen, as an app does that was started anew', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`custom-again-${alia.id}`)).body.payment;
    kaspi.script = () => 'reset';
    expect((await alia.checkout(id, FILLED)).status).toBe(503);
    kaspi.script = happy();
    for (const parameters of [[], FILLED.slice(1), FILLED])
      expect(await alia.checkout(id, parameters)).toMatchObject({ status: 200, body: { amount: '100.00' } });
    expect(await alia.checkout(id, OTHER)).toMatchObject({ status: 409, body: { code: 'FORM_FROZEN' } });
  });

  it('is left by going back: the next scan is a payment of its own with an empty form', async () => {
    const simulator: RunningSimulator = await startSimulator({
      port: 0,
      storeFile: null,
      refundUrl: 'http://127.0.0.1:9',
      clock,
    });
    const beside = await startTestServer(
      { DATABASE_URL: database.url, KASPI_BASE_URL: simulator.url, BACKGROUND_WORK: 'off' },
      clock,
    );
    try {
      const alia = await customer(beside);
      const shop = await fetch(`${simulator.url}/pos/qr`, { method: 'POST', body: '{"type":"Custom"}' });
      const { qrCode } = (await shop.json()) as { qrCode: string };
      const first = (await alia.scan(qrCode)).body.payment;
      simulator.faults.set({ checkout: [{ do: 'reset', count: 2 }] });
      const typo = [
        { id: 3932, value: '547RBA2' },
        { id: 3933, value: 'A' },
      ];
      expect((await alia.checkout(first.id, typo)).status).toBe(503);
      expect((await alia.scan(qrCode)).body.payment.id).toBe(first.id);
      await alia.cancel(first.id);
      await beside.app.get(Outbox).drainOnce();
      const second = (await alia.scan(qrCode)).body.payment;
      expect(second.id).not.toBe(first.id);
      const right = [
        { id: 3932, value: '547RBA02' },
        { id: 3933, value: 'A' },
      ];
      expect(await alia.checkout(second.id, right)).toMatchObject({ status: 200, body: { amount: '100.00' } });
      expect((await alia.confirm(second.id)).body.status).toBe('CONFIRMED');
    } finally {
      await beside.stop();
      await simulator.stop();
    }
  });
});

describe('a payment in doubt', () => {
  it('is not given back while an answer may have come and is not written down: 409, and nothing has moved (R36)', async () => {
    const alia = await customer();
    const { id } = (await alia.scan('unwritten')).body.payment;
    notifiesGet(...Array<Reply>(10).fill('reset'));
    await alia.confirm(id);
    await rest();
    await rest();
    expect((await alia.payment(id)).body.status).toBe('IN_DOUBT');
    // Another process has asked, and is about to write down what it heard: its lease is over, its attempt has no end.
    const begin = `select kaspi_call_begin('elsewhere', 1, 'notifyPayment', $1, '{}', $2)`;
    await database.query(begin, [id, clock.now()]);
    expect(await server.mpp.resolve(id, 'REVERSED')).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
    expect((await alia.payment(id)).body.status).toBe('IN_DOUBT');
    expect(await alia.balance()).toBe('900.00');
    // It never comes: after all the time that it could take the operator's word counts.
    clock.advance(MINUTE);
    expect(await server.mpp.resolve(id, 'REVERSED')).toMatchObject({ status: 200, body: { status: 'REVERSED' } });
    expect(await alia.balance()).toBe('1000.00');
  });

  it('confirmed by an operator asks for its receipt, but not for ever where Kaspi answers and says nothing clear (R19)', async () => {
    const alia = await customer();
    const { id } = (await alia.scan('unclear')).body.payment;
    notifiesGet(
      'reset',
      ...Array<Reply>(200).fill({ json: { result: { resultCode: 'UNKNOWN_EXCEPTION', resultMessage: 'x' } } }),
    );
    await alia.confirm(id);
    await rest();
    await rest();
    expect(await server.mpp.resolve(id, 'CONFIRMED')).toMatchObject({ status: 200 });
    for (let attempt = 3; attempt < 99; attempt++) await rest();
    expect(await database.query('select 1 from outbox_messages where key = $1', [id])).toHaveLength(1);
    await rest();
    await rest();
    expect(await database.query('select 1 from outbox_messages where key = $1', [id])).toEqual([]);
    expect((await alia.payment(id)).body.status).toBe('CONFIRMED');
  });
});
