import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { Metrics } from '@mpp/platform';
import {
  CUSTOMER,
  DAYS_3,
  notificationsFixture,
  ok,
  SECRET,
  TIMEOUT_MS,
  UNKNOWN_ID,
} from '../../test/support/notifications-fixture.js';
import { until } from '../../test/support/until.js';
import { Deliveries } from './deliveries.service.js';

const { fixture, clock, gateway, errors, start, enqueue, deliverNext, byId } = notificationsFixture();

describe('notifications', () => {
  describe('that are never delivered', () => {
    it('are not given up by a slow attempt after another process made a later one', async () => {
      const other = await start({ NOTIFICATION_URL: fixture.url, NOTIFICATION_SECRET: SECRET });
      const id = await enqueue();
      clock.advance(DAYS_3);
      gateway.answers = () => undefined;
      const slow = fixture.outbox.drainOnce();
      await until(
        'the slow attempt',
        () => byId(id),
        (requests) => requests.length === 1,
      );
      gateway.answers = ok;
      clock.advance(TIMEOUT_MS + 2000);
      await other.get(Outbox).drainOnce();
      await slow;
      expect(errors).toEqual([]);
      expect(await fixture.deliveries.readDetails(id)).toMatchObject({
        status: 'DELIVERED',
        attempts: 2,
        lastError: null,
        history: [
          { attempt: 1, outcome: 'NO_ANSWER' },
          { attempt: 2, outcome: 'DELIVERED' },
        ],
      });
    });

    it('are tried a last time after exactly three days and then given up', async () => {
      gateway.answers = (answer) => void answer.writeHead(503).end();
      const since = clock.now();
      const id = await enqueue({ type: 'refund.credited' });
      await fixture.outbox.drainOnce();
      for (
        let details = await fixture.deliveries.readDetails(id);
        details.status === 'PENDING';
        details = await fixture.deliveries.readDetails(id)
      ) {
        expect(details.nextAttemptAt?.getTime()).toBeLessThanOrEqual(since.getTime() + DAYS_3);
        await deliverNext(id);
      }
      expect(clock.now().getTime() - since.getTime()).toBe(DAYS_3);
      const details = await fixture.deliveries.readDetails(id);
      expect(details).toMatchObject({
        status: 'FAILED',
        lastError: 'HTTP 503',
        nextAttemptAt: null,
        deliveredAt: null,
      });
      expect(details.history.at(-1)).toMatchObject({ attempt: details.attempts, startedAt: clock.now() });
      expect(byId(id)).toHaveLength(details.attempts);
      expect(errors).toEqual([`notification ${id} refund.credited was given up after ${details.attempts} attempts`]);
      expect(await fixture.outbox.drainOnce()).toEqual({ claimed: 0, done: 0, retried: 0 });
      expect(await fixture.deliveries.listNotifications({ status: 'FAILED' }, 9, null)).toMatchObject([{ id }]);
      const metrics = await fixture.app.get(Metrics).text();
      expect(metrics).toContain('mpp_notifications_failed 1\n');
      expect(metrics).toMatch(/mpp_notification_attempts_total\{outcome="REFUSED"\} \d/);

      // After a resend by an operator, three more days.
      expect(await fixture.deliveries.resendNotification(id, 'aigerim')).toMatchObject({
        id,
        status: 'PENDING',
        nextAttemptAt: clock.now(),
      });
      await fixture.outbox.drainOnce();
      expect(await fixture.deliveries.readDetails(id)).toMatchObject({
        status: 'PENDING',
        attempts: details.attempts + 1,
      });
      gateway.answers = ok;
      await deliverNext(id);
      expect(await fixture.deliveries.readDetails(id)).toMatchObject({
        status: 'DELIVERED',
        attempts: details.attempts + 2,
      });
      expect(new Set(byId(id).map(({ body }) => body)).size).toBe(1);
    });
  });

  describe('that an operator resends', () => {
    const audit = (subject: string) =>
      fixture.test.query('select actor, action, customer_id, details from access_audit where subject = $1', [subject]);

    it('are sent with the same id and body, also after a delivery', async () => {
      const subject = randomUUID();
      const id = await enqueue({ subject });
      await fixture.outbox.drainOnce();
      const deliveredAt = clock.now();
      clock.advance(60_000);
      expect(await fixture.deliveries.resendNotification(id.toUpperCase(), 'aigerim')).toEqual({
        id,
        type: 'payment.confirmed',
        subject,
        customerId: CUSTOMER,
        status: 'PENDING',
        attempts: 1,
        lastError: null,
        createdAt: deliveredAt,
        deliveredAt,
        nextAttemptAt: clock.now(),
      });
      await fixture.outbox.drainOnce();
      expect(await fixture.deliveries.readDetails(id)).toMatchObject({
        status: 'DELIVERED',
        attempts: 2,
        deliveredAt: clock.now(),
      });
      const [first, second, ...more] = byId(id);
      expect(second?.body).toBe(first?.body);
      expect(second?.headers['webhook-signature']).not.toBe(first?.headers['webhook-signature']);
      expect(more).toEqual([]);
      expect(await audit(subject)).toEqual([
        {
          actor: 'aigerim',
          action: 'NOTIFICATION_RESENT',
          customer_id: CUSTOMER,
          details: { notificationId: id, type: 'payment.confirmed', status: 'DELIVERED' },
        },
      ]);
    });

    it('by the outbox’s retry call restart the time to give up too', async () => {
      const id = await enqueue();
      await fixture.outbox.drainOnce();
      clock.advance(DAYS_3);
      await fixture.outbox.retryMessage(id);
      gateway.answers = (answer) => void answer.writeHead(500).end();
      await fixture.outbox.drainOnce();
      expect(await fixture.deliveries.readDetails(id)).toMatchObject({ status: 'PENDING', attempts: 2 });
      gateway.answers = ok;
      await deliverNext(id);
    });

    it('are not changed while an attempt is under way', async () => {
      const subject = randomUUID();
      const id = await enqueue({ subject });
      const during: unknown[] = [];
      gateway.answers = (answer) => {
        void fixture.deliveries.resendNotification(id, 'aigerim').then((seen) => {
          during.push(seen);
          ok(answer);
        });
      };
      await fixture.outbox.drainOnce();
      expect(during).toMatchObject([{ id, status: 'PENDING', attempts: 1 }]);
      expect(await fixture.deliveries.readDetails(id)).toMatchObject({ status: 'DELIVERED', attempts: 1 });
      expect(await audit(subject)).toEqual([]);
    });

    it('must exist and be notifications: another id is NOT_FOUND', async () => {
      await fixture.test.query(`select outbox_enqueue($1, 'other', 'k', '{}', $2, null, null, $2)`, [
        UNKNOWN_ID,
        clock.now(),
      ]);
      for (const id of [UNKNOWN_ID, randomUUID(), 'none']) {
        await expect(fixture.deliveries.resendNotification(id, 'aigerim')).rejects.toMatchObject({ code: 'NOT_FOUND' });
        await expect(fixture.deliveries.readDetails(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      }
    });

    it('need a gateway: without one a resend is STATE_CONFLICT', async () => {
      const without = await start({});
      const id = await enqueue();
      await expect(without.get(Deliveries).resendNotification(id, 'a')).rejects.toMatchObject({
        code: 'STATE_CONFLICT',
      });
      await fixture.outbox.drainOnce();
    });
  });
});
