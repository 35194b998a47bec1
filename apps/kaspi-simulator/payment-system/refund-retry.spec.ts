import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { answer, Participant, type Reaction } from '../testing/participant.js';
import { TestSimulator } from '../testing/test-simulator.js';

let participant: Participant;
/** A URL on which no server listens. */
let unreachableUrl: string;
let refundUrl: () => string;
const simulator = new TestSimulator({ refundUrl: () => refundUrl() });
const { client: shop } = simulator;

beforeAll(async () => {
  const stopped = await Participant.start();
  unreachableUrl = stopped.url;
  await stopped.stop();
  participant = await Participant.start();
  refundUrl = () => participant.url;
  await simulator.start();
});
afterAll(async () => {
  await simulator.end();
  await participant.stop();
});
afterEach(() => {
  participant.reset();
  refundUrl = () => participant.url;
});

/** A confirmed purchase of 1500.00, by its paymentId. */
async function createPurchase(): Promise<string> {
  const { qrCode, paymentId } = await shop.newQr();
  await shop.scan(qrCode);
  await shop.notify(paymentId);
  return paymentId;
}
const refundOf = (paymentId: string) => simulator.running.refunds().find((refund) => refund.paymentId === paymentId);
const contents = () => participant.received.map(({ headers, body }) => [headers['x-request-id'], body]);

describe('An unanswered refund', () => {
  it.each<[string, Reaction, string]>([
    ['a reset connection', 'reset', 'ECONNRESET'],
    ['HTTP 503', { status: 503, body: '' }, 'HTTP 503 without a result.resultCode'],
    ['SUCCESS under HTTP 500', answer('SUCCESS', 500), 'HTTP 500 with SUCCESS'],
    ['HTTP 403 of a proxy', { status: 403, body: '<h1>Forbidden</h1>' }, 'HTTP 403 without a result.resultCode'],
    ['HTTP 404', { status: 404, body: '{"message":"none"}' }, 'HTTP 404 without a result.resultCode'],
    [
      'invalid JSON',
      { status: 200, body: '{"result":{"resultCode":"SUCCESS"' },
      'HTTP 200 without a result.resultCode',
    ],
    ['no result code', { status: 200, body: '{"result":{}}' }, 'HTTP 200 without a result.resultCode'],
    ['a redirect', { status: 307, body: '' }, 'HTTP 307 without a result.resultCode'],
  ])('is repeated with the same bytes after %s', async (_what, reaction, lastError) => {
    participant.reactions = [reaction];
    const paymentId = await createPurchase();
    const { body } = await shop.refund({ paymentId, amount: '100.00' });
    expect(body).toMatchObject({ status: 'ACCEPTED', attempts: 2, lastError });
    const [first, second] = contents();
    expect(second).toEqual(first);
  });

  it('is repeated until the participant’s server listens', async () => {
    const urls = [unreachableUrl, unreachableUrl];
    refundUrl = () => urls.shift() ?? participant.url;
    const { body } = await shop.refund({ paymentId: await createPurchase(), amount: '100.00' });
    expect(body).toMatchObject({ status: 'ACCEPTED', attempts: 3, lastError: 'ECONNREFUSED' });
    expect(participant.received).toHaveLength(1);
  });

  it('is returned as SENDING after 2 s and repeated in the background; an attempt takes at most 5 s', async () => {
    participant.reactions = ['hang'];
    const paymentId = await createPurchase();
    const { status, body } = await shop.refund({ paymentId, amount: '100.00' });
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: 'SENDING', resultCode: null, attempts: 1, answeredAt: null });
    expect(simulator.running.purchases()[0]).toMatchObject({ paymentId, refundedAmount: '100.00' });
    await expect(simulator.running.refund(paymentId, '1400.01')).rejects.toThrow('more than the 1400.00 of 1500.00');

    await participant.waitForRequests(2);
    const [first, second] = contents();
    expect(second).toEqual(first);
    while (refundOf(paymentId)?.status === 'SENDING') await shop.get('/health');
    expect(refundOf(paymentId)).toMatchObject({ status: 'ACCEPTED', attempts: 2, lastError: 'no answer within 5 s' });
  });

  it('does not delay the other refunds of the same order', async () => {
    participant.reactions = ['reset'];
    const { body } = await shop.refund({ paymentId: await createPurchase(), amount: '100.00', times: 3 });
    const attempts = body.items.map((item: { attempts: number }) => item.attempts);
    expect(attempts).toEqual([2, 1, 1]);
    const order = participant.received.map(({ body: sent }) => JSON.parse(sent).refundId);
    const [first, second, third] = body.items.map((item: { refundId: string }) => item.refundId);
    expect(order).toEqual([first, second, third, first]);
  });

  it('is repeated with the same bytes after a restart, and not after its answer', async () => {
    refundUrl = () => unreachableUrl;
    const paymentId = await createPurchase();
    const refund = simulator.running.refund(paymentId, '100.00');
    while ((refundOf(paymentId)?.attempts ?? 0) === 0) await shop.get('/health');
    participant.reactions = ['reset'];
    refundUrl = () => participant.url;
    await participant.waitForRequests(1);
    await simulator.restart();
    const { refundId, operationId } = await refund;

    while (refundOf(paymentId)?.status === 'SENDING') await shop.get('/health');
    expect(refundOf(paymentId)).toMatchObject({ refundId, operationId, status: 'ACCEPTED', amount: '100.00' });
    const [first, second] = contents();
    expect(second).toEqual(first);

    const [before] = simulator.running.refunds();
    await simulator.restart();
    expect(simulator.running.refunds()[0]).toEqual(before);
    await shop.refund({ paymentId, amount: '1' });
    expect(participant.received).toHaveLength(3);
  });

  it('does not delay the stop of the simulator or the answer to the cashier', async () => {
    participant.reactions = ['hang'];
    const refund = shop.refund({ paymentId: await createPurchase(), amount: '100.00' });
    await participant.waitForRequests(1);
    const since = performance.now();
    await simulator.running.stop();
    // An attempt would take 5 s.
    expect(performance.now() - since).toBeLessThan(4000);
    expect(await refund).toMatchObject({ status: 201, body: { status: 'SENDING' } });
    await simulator.start();
    await participant.waitForRequests(2);
  });
});
