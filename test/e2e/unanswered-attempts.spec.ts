import { describe, expect, it } from '@jest/globals';
import { FILLED, type Reply, refusal } from '../support/kaspi-peer.js';
import { attemptsFixture } from './attempts-fixture.js';

const { fixture, deliverAndWait, expectOneNotify, debited } = attemptsFixture();

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

describe('several attempts without an answer (R9), and then an answer', () => {
  it.each(Object.keys(SILENCES))('%s: one debit, one notify to the byte, CONFIRMED by the answer', async (shape) => {
    const silence = SILENCES[shape] ?? 'reset';
    fixture.reply('notifyPayment', silence, silence, silence);
    const { alia, id } = await debited('silent');
    for (let attempt = 1; attempt <= 3; attempt++) {
      await deliverAndWait();
      expect((await alia.payment(id)).body.status).toBe('PROCESSING');
      expect(await alia.balance()).toBe('900.00');
    }
    await deliverAndWait();
    expect((await alia.payment(id)).body.status).toBe('CONFIRMED');
    expect(await fixture.journal(id)).toEqual(['PAYMENT', 'SETTLEMENT']);
    expectOneNotify(4);
  });

  it('refused connections: the same, and a refusal before processing reverses the debit, since no attempt arrived (R11)', async () => {
    for (const [code, status] of [
      ['SUCCESS', 'CONFIRMED'],
      ['PARAM_ILLEGAL', 'REVERSED'],
    ] as const) {
      fixture.kaspi.script = fixture.happy();
      fixture.kaspi.arrived.length = 0;
      const alia = await fixture.customer();
      const { id } = (await alia.scan(`down-${alia.id}`)).body.payment;
      await fixture.kaspi.close();
      await alia.confirm(id);
      for (let attempt = 1; attempt <= 3; attempt++) await deliverAndWait();
      expect((await alia.payment(id)).body.status).toBe('PROCESSING');
      await fixture.kaspi.open();
      fixture.reply('notifyPayment', refusal(code));
      await deliverAndWait();
      expect((await alia.payment(id)).body.status).toBe(status);
      expectOneNotify(1);
    }
  });

  it('all of them one after the other: one debit, one notify to the byte, CONFIRMED by the answer', async () => {
    const silences = Object.values(SILENCES);
    fixture.reply('notifyPayment', ...silences);
    const { alia, id } = await debited('all');
    for (let attempt = 0; attempt <= silences.length; attempt++) await deliverAndWait();
    expect((await alia.payment(id)).body.status).toBe('CONFIRMED');
    expect(await alia.balance()).toBe('900.00');
    expectOneNotify(silences.length + 1);
  });

  it.each(['scan', 'checkout'])('to a %s: sent twice with the same bytes and id, then 503', async (method) => {
    const alia = await fixture.customer();
    const { id } = (await alia.scan(`custom-silent-${alia.id}`)).body.payment;
    for (const silence of Object.values(SILENCES)) {
      fixture.reply(method, silence, silence);
      fixture.kaspi.arrived.length = 0;
      const answer = method === 'scan' ? await alia.scan('silent') : await alia.checkout(id, FILLED);
      expect({ silence, answer }).toMatchObject({ answer: { status: 503, body: { code: 'KASPI_NO_ANSWER' } } });
      const calls = fixture.kaspi.arrived;
      expect(calls).toHaveLength(2);
      expect(calls[1]?.body).toBe(calls[0]?.body);
      expect(calls[1]?.headers['x-request-id']).toBe(calls[0]?.headers['x-request-id']);
    }
    // The same form gets its price after that.
    fixture.kaspi.script = fixture.happy();
    expect((await alia.checkout(id, FILLED)).body).toMatchObject({
      status: 'AWAITING_CONFIRMATION',
      amount: '100.00',
    });
  });
});

it('leaves the books balanced', async () => {
  expect(await fixture.server.mpp.trialBalance()).toMatchObject({ balanced: true });
});
