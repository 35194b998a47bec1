import { describe, expect, it } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { type RunningSimulator, startSimulator } from '../../apps/kaspi-simulator/start.js';
import { FILLED, type Reply } from '../support/kaspi-peer.js';
import { startTestServer } from '../support/mpp.js';
import { BY_HAND, MINUTE, paymentFixture } from '../support/payment-fixture.js';
import { TestClock } from '../support/test-clock.js';

const OTHER = [{ id: 3932, value: '001AAA01' }, ...FILLED.slice(1)];

const clock = new TestClock();
const fixture = paymentFixture({ ...BY_HAND, KASPI_TIMEOUT_MS: '5000', IN_DOUBT_AFTER_MS: '1' }, clock);
const { customer } = fixture;

const notifyCodes = () => fixture.notifyBodies().map(({ result }) => result.resultCode);

/** Delivers all messages that are due, then makes their next attempts due. */
async function deliverAndWait(): Promise<void> {
  await fixture.deliver();
  clock.advance(MINUTE);
}

describe('a purchase that two customers have scanned (R33)', () => {
  it('whose notify of a cancel is pending stays closed: it is repeated, and nobody is debited (R38)', async () => {
    const [alia, bekzat] = [await customer(), await customer()];
    const [hers, his] = [(await alia.scan('shared')).body.payment.id, (await bekzat.scan('shared')).body.payment.id];
    fixture.reply('notifyPayment', 'reset', 'reset');
    await bekzat.cancel(his);
    await deliverAndWait();
    expect(await alia.confirm(hers)).toMatchObject({ status: 409, body: { code: 'PURCHASE_CLOSED' } });
    for (let time = 0; time < 3; time++) await deliverAndWait();
    expect(notifyCodes()).toEqual(['CANCELLED_BY_CLIENT', 'CANCELLED_BY_CLIENT', 'CANCELLED_BY_CLIENT']);
    expect(await alia.balance()).toBe('1000.00');
    expect((await bekzat.payment(his)).body.status).toBe('CANCELLED');
    expect(await fixture.database.query('select 1 from outbox_messages')).toEqual([]);
  });

  it('whose delivered cancel may be sent again by an operator: it is the only result', async () => {
    const [alia, bekzat] = [await customer(), await customer()];
    const [hers, his] = [
      (await alia.scan('shared-2')).body.payment.id,
      (await bekzat.scan('shared-2')).body.payment.id,
    ];
    await bekzat.cancel(his);
    await deliverAndWait();
    const [done] = await fixture.database.query<{ id: string }>('select id from outbox_done where key = $1', [his]);
    const token = await fixture.server.mpp.teamToken('operations');
    expect((await fixture.server.mpp.call('POST', `/ops/v1/outbox/${done?.id}/retry`, { token })).status).toBe(200);
    await deliverAndWait();
    expect(await alia.confirm(hers)).toMatchObject({ status: 409, body: { code: 'PURCHASE_CLOSED' } });
    expect(notifyCodes()).toEqual(['CANCELLED_BY_CLIENT', 'CANCELLED_BY_CLIENT']);
  });

  it('has one form: after one customer’s checkout other values are refused, and the same values get the price (R37)', async () => {
    const [alia, bekzat] = [await customer(), await customer()];
    const [hers, his] = [
      (await alia.scan('custom-1')).body.payment.id,
      (await bekzat.scan('custom-1')).body.payment.id,
    ];
    expect((await alia.checkout(hers, FILLED)).status).toBe(200);
    expect(await bekzat.checkout(his, OTHER)).toMatchObject({ status: 409, body: { code: 'FORM_FROZEN' } });
    expect((await bekzat.payment(his)).body).toMatchObject({ status: 'AWAITING_CHECKOUT', amount: null });
    expect(await bekzat.checkout(his, FILLED)).toMatchObject({ status: 200, body: { amount: '100.00' } });
    expect(new Set(fixture.kaspi.of('checkout').map(({ body }) => body)).size).toBe(1);
  });

  it('whose forms are sent at the same moment with different values: one is accepted, the other is refused', async () => {
    const [alia, bekzat] = [await customer(), await customer()];
    const [hers, his] = [
      (await alia.scan('custom-2')).body.payment.id,
      (await bekzat.scan('custom-2')).body.payment.id,
    ];
    const answers = await Promise.all([alia.checkout(hers, FILLED), bekzat.checkout(his, OTHER)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(new Set(fixture.kaspi.of('checkout').map(({ body }) => body)).size).toBe(1);
  });
});

describe('a form that is frozen', () => {
  it('may be sent again without the frozen values, as an app does after a restart', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`custom-again-${alia.id}`)).body.payment;
    fixture.kaspi.script = () => 'reset';
    expect((await alia.checkout(id, FILLED)).status).toBe(503);
    fixture.kaspi.script = fixture.happy();
    for (const parameters of [[], FILLED.slice(1), FILLED])
      expect(await alia.checkout(id, parameters)).toMatchObject({ status: 200, body: { amount: '100.00' } });
    expect(await alia.checkout(id, OTHER)).toMatchObject({ status: 409, body: { code: 'FORM_FROZEN' } });
  });

  it('is abandoned by a cancel: the next scan is a new payment with an empty form', async () => {
    const simulator: RunningSimulator = await startSimulator({
      port: 0,
      storeFile: null,
      refundUrl: 'http://127.0.0.1:9',
      clock,
    });
    const beside = await startTestServer(
      { DATABASE_URL: fixture.database.url, KASPI_BASE_URL: simulator.url, BACKGROUND_WORK: 'off' },
      clock,
    );
    try {
      const alia = await beside.mpp.customer();
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
  it('is not reversed while an answer may have arrived and is not recorded: 409, and nothing is posted (R36)', async () => {
    const alia = await customer();
    const { id } = (await alia.scan('unrecorded')).body.payment;
    fixture.reply('notifyPayment', ...Array<Reply>(10).fill('reset'));
    await alia.confirm(id);
    await deliverAndWait();
    await deliverAndWait();
    expect((await alia.payment(id)).body.status).toBe('IN_DOUBT');
    // Another process has made a call and not recorded its answer: its lease is over, and its attempt has no outcome.
    const begin = `select kaspi_call_begin('elsewhere', 1, 'notifyPayment', $1, '{}', $2)`;
    await fixture.database.query(begin, [id, clock.now()]);
    expect(await fixture.server.mpp.resolve(id, 'REVERSED')).toMatchObject({
      status: 409,
      body: { code: 'STATE_CONFLICT' },
    });
    expect((await alia.payment(id)).body.status).toBe('IN_DOUBT');
    expect(await alia.balance()).toBe('900.00');
    // The answer is never recorded: after the longest possible attempt the operator's decision takes effect.
    clock.advance(MINUTE);
    expect(await fixture.server.mpp.resolve(id, 'REVERSED')).toMatchObject({
      status: 200,
      body: { status: 'REVERSED' },
    });
    expect(await alia.balance()).toBe('1000.00');
  });

  it('confirmed by an operator requests its receipt, but ends after 100 attempts without a clear answer (R19)', async () => {
    const alia = await customer();
    const { id } = (await alia.scan('unclear')).body.payment;
    fixture.reply(
      'notifyPayment',
      'reset',
      ...Array<Reply>(200).fill({ json: { result: { resultCode: 'UNKNOWN_EXCEPTION', resultMessage: 'x' } } }),
    );
    await alia.confirm(id);
    await deliverAndWait();
    await deliverAndWait();
    expect(await fixture.server.mpp.resolve(id, 'CONFIRMED')).toMatchObject({ status: 200 });
    for (let attempt = 3; attempt < 99; attempt++) await deliverAndWait();
    expect(await fixture.database.query('select 1 from outbox_messages where key = $1', [id])).toHaveLength(1);
    await deliverAndWait();
    await deliverAndWait();
    expect(await fixture.database.query('select 1 from outbox_messages where key = $1', [id])).toEqual([]);
    expect((await alia.payment(id)).body.status).toBe('CONFIRMED');
  });
});
