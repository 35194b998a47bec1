import type http from 'node:http';
import { describe, expect, it, jest } from '@jest/globals';
import { customerId } from '@mpp/kernel';
import { Outbox } from '@mpp/outbox';
import { Database } from '@mpp/platform';
import { Logger } from '@nestjs/common';
import {
  CUSTOMER,
  notificationsFixture,
  ok,
  SECRET,
  TestGateway,
  TIMEOUT_MS,
} from '../../test/support/notifications-fixture.js';
import { EVENT_TYPES } from './domain/event-types.js';
import { Notifications } from './notifications.service.js';

const { fixture, clock, gateway, errors, start, event, enqueue, deliverNext, byId } = notificationsFixture();

describe('notifications', () => {
  it('reach the gateway with a signature, a timestamp and the stored body byte for byte', async () => {
    const id = await enqueue();
    await fixture.outbox.drainOnce();
    const [got] = byId(id);
    expect(got).toMatchObject({
      path: '/events?key=hidden',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'mpp-server',
        'webhook-timestamp': String(clock.now().getTime() / 1000),
        'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
      },
    });
    const details = await fixture.deliveries.readDetails(id);
    expect(details).toMatchObject({
      id,
      type: 'payment.confirmed',
      customerId: CUSTOMER,
      status: 'DELIVERED',
      attempts: 1,
      lastError: null,
      createdAt: clock.now(),
      deliveredAt: clock.now(),
      nextAttemptAt: null,
      body: got?.body,
      history: [
        {
          attempt: 1,
          startedAt: clock.now(),
          finishedAt: clock.now(),
          outcome: 'DELIVERED',
          httpStatus: 200,
          error: null,
        },
      ],
    });
    expect(JSON.parse(details.body)).toMatchObject({
      type: 'payment.confirmed',
      version: 1,
      texts: { kk: {}, ru: {} },
    });
  });

  it('are enqueued in any number by one statement, and all delivered', async () => {
    const events = EVENT_TYPES.map((type) => event({ type, subject: 'purchase-1' }));
    const statements: string[] = [];
    await fixture.database.transaction(async (tx) => {
      const counted = {
        query: <Rows>(sql: string, parameters?: unknown[]) => {
          statements.push(sql);
          return tx.query<Rows>(sql, parameters);
        },
      };
      await fixture.notifications.enqueueNotifications(counted, events);
      await fixture.notifications.enqueueNotifications(counted, []);
    });
    expect(statements).toHaveLength(1);
    await fixture.outbox.drainOnce();
    expect(gateway.received.map(({ body }) => (JSON.parse(body) as { type: string }).type).sort()).toEqual(
      [...EVENT_TYPES].sort(),
    );
    const found = await fixture.deliveries.listNotifications({ subject: 'purchase-1', status: 'DELIVERED' }, 10, null);
    expect(found).toHaveLength(EVENT_TYPES.length);
  });

  it('of a rolled back transaction are never sent', async () => {
    const sent = event();
    const failing = fixture.database.transaction(async (tx) => {
      await fixture.notifications.enqueueNotifications(tx, [sent]);
      throw new Error('the money did not move');
    });
    await expect(failing).rejects.toThrow('the money did not move');
    expect(await fixture.outbox.drainOnce()).toEqual({ claimed: 0, done: 0, retried: 0 });
    expect(await fixture.deliveries.listNotifications({ subject: sent.subject }, 1, null)).toEqual([]);
  });

  it('are not stored without a gateway', async () => {
    const without = await start({});
    const sent = event();
    expect(without.get(Notifications).enabled).toBe(false);
    expect(fixture.notifications.enabled).toBe(true);
    await without.get(Notifications).enqueueNotifications(without.get(Database), [sent]);
    expect(await fixture.deliveries.listNotifications({ subject: sent.subject }, 1, null)).toEqual([]);
  });

  it.each<[string, (answer: http.ServerResponse) => void, object]>([
    [
      'refuses',
      (answer) => void answer.writeHead(500).end('{"secret":1}'),
      { outcome: 'REFUSED', httpStatus: 500, error: null },
    ],
    [
      'redirects',
      (answer) => void answer.writeHead(302, { location: '/other' }).end(),
      { outcome: 'REFUSED', httpStatus: 302 },
    ],
    ['hangs', () => undefined, { outcome: 'NO_ANSWER', httpStatus: null, error: `no answer in ${TIMEOUT_MS} ms` }],
    ['resets', (answer) => void answer.socket?.resetAndDestroy(), { outcome: 'NO_ANSWER', error: 'ECONNRESET' }],
  ])('are sent again byte for byte to a gateway that %s', async (_, answers, attempt) => {
    gateway.answers = answers;
    const id = await enqueue();
    expect(await fixture.outbox.drainOnce()).toEqual({ claimed: 1, done: 0, retried: 1 });
    const waiting = await fixture.deliveries.readDetails(id);
    expect(waiting).toMatchObject({ status: 'PENDING', attempts: 1, deliveredAt: null, history: [attempt] });
    expect(waiting.nextAttemptAt?.getTime()).toBeGreaterThan(clock.now().getTime());
    expect(waiting.lastError).toMatch(/^HTTP \d{3}$|^ECONNRESET$|^no answer/);

    gateway.answers = ok;
    await deliverNext(id);
    const delivered = await fixture.deliveries.readDetails(id);
    expect(delivered).toMatchObject({ status: 'DELIVERED', attempts: 2, lastError: null, nextAttemptAt: null });
    expect(delivered.history).toMatchObject([{ attempt: 1 }, { attempt: 2, outcome: 'DELIVERED', httpStatus: 200 }]);
    const [first, second] = byId(id);
    expect(second?.body).toBe(first?.body);
    expect(errors).toEqual([]);
  });

  it.each<[string, (answer: http.ServerResponse) => void]>([
    ['is endless', (answer) => void answer.write(Buffer.alloc(1024 * 1024))],
    ['does not end', (answer) => void answer.writeHead(200).write('{')],
    ['is cut off', (answer) => void answer.writeHead(200).write('{', () => answer.socket?.resetAndDestroy())],
  ])('are delivered by a status of 200 even if the body %s', async (_, answers) => {
    gateway.answers = answers;
    const id = await enqueue();
    await fixture.outbox.drainOnce();
    expect(await fixture.deliveries.readDetails(id)).toMatchObject({ status: 'DELIVERED', attempts: 1 });
  });

  it('wait for a gateway that is unreachable', async () => {
    const port = new URL(fixture.url).port;
    const stopped = new TestGateway();
    const closed = await stopped.listen();
    stopped.close();
    expect(closed).not.toContain(`:${port}`);
    const process = await start({ NOTIFICATION_URL: closed, NOTIFICATION_SECRET: SECRET });
    const id = await enqueue();
    await process.get(Outbox).drainOnce();
    expect(await fixture.deliveries.readDetails(id)).toMatchObject({
      status: 'PENDING',
      lastError: 'ECONNREFUSED',
      history: [{ outcome: 'NO_ANSWER', httpStatus: null, error: 'ECONNREFUSED' }],
    });
    await deliverNext(id);
    expect(await fixture.deliveries.readDetails(id)).toMatchObject({ status: 'DELIVERED', attempts: 2 });
  });

  it('are listed newest first, page by page, and found by subject', async () => {
    const who = customerId('900900000777');
    const ids: string[] = [];
    for (const type of ['payment.delayed', 'payment.confirmed', 'refund.accepted'] as const) {
      ids.unshift(await enqueue({ type, customerId: who }));
      clock.advance(1000);
    }
    const found = async (filter: object, limit = 10, after: { at: Date; id: string } | null = null) =>
      (await fixture.deliveries.listNotifications({ customerId: who, ...filter }, limit, after)).map(({ id }) => id);
    expect(await found({})).toEqual(ids);
    const [first] = await fixture.deliveries.listNotifications({ customerId: who }, 1, null);
    expect(await found({}, 1, { at: first?.createdAt ?? new Date(), id: ids[0] ?? '' })).toEqual([ids[1]]);
    expect(await found({ type: 'payment.confirmed' })).toEqual([ids[1]]);
    expect(await found({ status: 'PENDING', type: 'refund.accepted' })).toEqual([ids[0]]);
    expect(await found({ status: 'DELIVERED' })).toEqual([]);
    await fixture.outbox.drainOnce();
    expect(await found({ status: 'DELIVERED' })).toEqual(ids);
  });

  it('never write the customer or the gateway’s address to the log', async () => {
    const lines: string[] = [];
    jest.spyOn(Logger.prototype, 'log').mockImplementation((line: unknown) => void lines.push(String(line)));
    gateway.answers = (answer) => void answer.socket?.resetAndDestroy();
    const id = await enqueue();
    await fixture.outbox.drainOnce();
    gateway.answers = ok;
    await deliverNext(id);
    expect(lines.filter((line) => line.includes(id))).toHaveLength(2);
    expect(lines.join()).toContain('payment.confirmed');
    expect(lines.join()).not.toMatch(/hidden|127\.0\.0\.1|900900000001/);
  });
});
