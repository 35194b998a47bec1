import { describe, expect, it } from '@jest/globals';
import { KaspiPeer, LINKS } from '../../../test/support/kaspi-peer.js';
import { startTestServer } from '../../../test/support/mpp.js';
import {
  operatorPayments,
  type Page,
  type Part,
  SUCCESS,
  UNKNOWN_ID,
} from '../../../test/support/operator-payments.js';
import { expectProblem } from '../../../test/support/problems.js';

const { fixture, clock, customer, drain, pay, get, post, detailsOf } = operatorPayments();

describe('operators', () => {
  describe('manage the messages to Kaspi', () => {
    it('find them by status, topic and payment, newest first and without their content', async () => {
      const alia = await customer();
      const done = await pay(alia, `done-${alia.id}`);
      fixture.notify = () => 'reset';
      clock.advance(1000);
      const waiting = await pay(alia, `waiting-${alia.id}`);
      const about = async (query: string) => (await get<Page>(`outbox?${query}`)).body.items.map(({ key }) => key);
      expect(await about('topic=notifyPayment&limit=2')).toEqual([waiting, done]);
      expect(await about(`key=${done}&status=DONE`)).toEqual([done]);
      expect(await about(`key=${done}&status=WAITING`)).toEqual([]);
      expect(await about('topic=unknown')).toEqual([]);
      const { body } = await get<Page>('outbox?status=WAITING&limit=1');
      expect(body.items).toEqual([
        {
          id: expect.any(String),
          topic: 'notifyPayment',
          key: waiting,
          status: 'WAITING',
          attempts: 1,
          nextAttemptAt: expect.any(String),
          lastError: expect.stringMatching(/./),
          createdAt: clock.now().toISOString(),
          doneAt: null,
        },
      ]);
      const first = (await get<Page>('outbox?limit=1')).body;
      expect(first.items).toEqual(body.items);
      expect(await about(`limit=1&cursor=${first.nextCursor}`)).toEqual([done]);
      for (const query of ['status=LATE', 'cursor=abc', 'topic=', 'key=a%00b'])
        expectProblem(await get(`outbox?${query}`), 400, 'VALIDATION_FAILED');
    });

    it('send a waiting message at once', async () => {
      const alia = await customer();
      fixture.notify = () => 'reset';
      const id = await pay(alia);
      fixture.notify = () => ({ json: { result: SUCCESS, ...LINKS } });
      expect(await drain()).toMatchObject({ claimed: 0 });
      const [message] = (await detailsOf(id)).messages;
      const retried = await post<Part>(`outbox/${message?.id}/retry`);
      const now = clock.now().toISOString();
      expect(retried).toMatchObject({ status: 200, body: { id: message?.id, key: id, nextAttemptAt: now } });
      expect(retried.body).not.toHaveProperty('payload');
      expect(await drain()).toEqual({ claimed: 1, done: 1, retried: 0 });
      const [first, second] = fixture.kaspi.of('notifyPayment');
      expect(second?.body).toBe(first?.body);
      const details = { messageId: message?.id, topic: 'notifyPayment' };
      expect(await detailsOf(id)).toMatchObject({
        status: 'CONFIRMED',
        messages: [{ id: message?.id, status: 'DONE', attempts: 2 }],
        audit: [{ at: now, actor: 'aigerim', action: 'OUTBOX_RETRIED', reason: null, details }],
      });
    });

    it('cannot send a message again whose payment has a receipt, nor an unknown one', async () => {
      const id = await pay(await customer());
      const [message] = (await detailsOf(id)).messages;
      expectProblem(await post(`outbox/${message?.id}/retry`), 409, 'STATE_CONFLICT');
      for (const unknown of [UNKNOWN_ID, 'message'])
        expectProblem(await post(`outbox/${unknown}/retry`), 404, 'NOT_FOUND');
      expect(await detailsOf(id)).toMatchObject({ audit: [], messages: [{ status: 'DONE', attempts: 1 }] });
    });
  });

  describe('see whether Kaspi answers', () => {
    it('as the process that serves the call sees it', async () => {
      const silent = await KaspiPeer.start(() => 'reset');
      const env = {
        DATABASE_URL: fixture.database.url,
        KASPI_BASE_URL: silent.url,
        BACKGROUND_WORK: 'off',
        KASPI_AWAY_AFTER: '2',
      };
      const other = await startTestServer(env, clock);
      try {
        const token = await other.mpp.teamToken('support');
        const view = async () => (await other.mpp.call('GET', '/ops/v1/kaspi-health', { token })).body;
        const fresh = { state: 'UP', since: null, lastAnswerAt: null, lastFailure: null, nextProbeAt: null };
        expect(await view()).toEqual({ ...fresh, failuresInARow: { questions: 0, notifies: 0 } });
        await (await other.mpp.as('900900000001')).scan('silence');
        const at = clock.now();
        expect(await view()).toEqual({
          state: 'AWAY',
          since: at.toISOString(),
          failuresInARow: { questions: 2, notifies: 0 },
          lastAnswerAt: null,
          lastFailure: { method: 'scan', at: at.toISOString(), reason: expect.stringMatching(/./) },
          nextProbeAt: new Date(at.getTime() + 5000).toISOString(),
        });
      } finally {
        await other.stop();
        await silent.close();
      }
      await pay(await customer());
      const here = (await get<Part>('kaspi-health', 'operations')).body;
      expect(here).toMatchObject({ state: 'UP', lastAnswerAt: clock.now().toISOString() });
    });
  });

  describe('see scans of refund QR codes', () => {
    const refund = (refundId: string) => () => ({
      json: { result: SUCCESS, qrCodeType: 'Refund', refund: { refundId } },
    });

    it('by refund and by customer, newest first, with the request id for inquiries', async () => {
      const [alia, bekzat] = [await customer(), await customer()];
      const expected: Part[] = [];
      for (const [who, refundId] of [
        [alia, 'QR150895463'],
        [bekzat, 'QR150895463'],
        [alia, 'QR150895464'],
      ] as const) {
        fixture.kaspi.script = refund(refundId);
        clock.advance(1000);
        expect((await who.scan('refund')).body).toMatchObject({ qrCodeType: 'Refund', refund: { refundId } });
        const requestId = fixture.kaspi.arrived.at(-1)?.headers['x-request-id'];
        expected.unshift({ at: clock.now().toISOString(), refundId, customerId: who.id, requestId });
      }
      const scans = async (query: string) => (await get<Page>(`refund-scans?${query}`)).body;
      expect(await scans('')).toEqual({ items: expected, nextCursor: null });
      expect((await scans('refundId=QR150895463')).items).toEqual(expected.slice(1));
      expect((await scans(`customerId=${alia.id}`)).items).toEqual([expected[0], expected[2]]);
      expect((await scans(`customerId=${bekzat.id}&refundId=QR150895464`)).items).toEqual([]);
      const first = await scans('limit=2');
      expect(first.items).toEqual(expected.slice(0, 2));
      expect(await scans(`limit=2&cursor=${first.nextCursor}`)).toEqual({ items: [expected[2]], nextCursor: null });
      for (const query of ['cursor=abc', 'customerId=9009000000012', 'refundId='])
        expectProblem(await get(`refund-scans?${query}`), 400, 'VALIDATION_FAILED');
    });
  });

  it('leave balanced books', async () => {
    expect(await fixture.server.mpp.trialBalance()).toMatchObject({ balanced: true });
  });
});
