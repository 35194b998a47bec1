import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AccessModule } from '@mpp/access';
import { Settings } from '@mpp/config';
import { customerId, Money } from '@mpp/kernel';
import { Outbox, OutboxModule } from '@mpp/outbox';
import { Database, Metrics, PlatformModule } from '@mpp/platform';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createDatabase, type TestDatabase } from '../../test/support/database.js';
import { QUIET } from '../../test/support/mpp.js';
import { TestClock } from '../../test/support/test-clock.js';
import { until } from '../../test/support/until.js';
import { Deliveries } from './deliveries.service.js';
import type { NewEvent } from './domain/event.js';
import { EVENT_TYPES } from './domain/event-types.js';
import { NotificationsModule } from './notifications.module.js';
import { Notifications } from './notifications.service.js';

const CUSTOMER = customerId('900900000001');
const SECRET = `whsec_${Buffer.alloc(24, 'secret').toString('base64')}`;
const TIMEOUT_MS = 300;
const DAYS_3 = 72 * 3_600_000;
const NOBODY = '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44';

interface Received {
  readonly path: string | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** The participant's gateway, whose answers the test scripts. */
class TestGateway {
  readonly received: Received[] = [];
  answers: (answer: http.ServerResponse) => void = ok;
  private readonly server = http.createServer((request, answer) => {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.received.push({ path: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() });
      this.answers(answer);
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

const ok = (answer: http.ServerResponse) => void answer.end('{"customer":"a name that must not be stored"}');

describe('notifications', () => {
  const clock = new TestClock();
  const gateway = new TestGateway();
  let url: string;
  let test: TestDatabase;
  let app: INestApplicationContext;
  let database: Database;
  let outbox: Outbox;
  let notifications: Notifications;
  let deliveries: Deliveries;
  const started: INestApplicationContext[] = [];
  const errors: string[] = [];

  async function start(env: Record<string, string>): Promise<INestApplicationContext> {
    const settings = Settings.read({
      ...QUIET,
      DATABASE_URL: test.url,
      KASPI_BASE_URL: 'http://127.0.0.1:9',
      BACKGROUND_WORK: 'off',
      NOTIFICATION_TIMEOUT_MS: String(TIMEOUT_MS),
      ...env,
    });
    const root = {
      module: class Root {},
      imports: [PlatformModule.with({ settings, clock }), OutboxModule, AccessModule, NotificationsModule],
    };
    const context = await NestFactory.createApplicationContext(root, { logger: false });
    started.push(context);
    return context;
  }

  beforeAll(async () => {
    test = await createDatabase();
    url = await gateway.listen();
    app = await start({ NOTIFICATION_URL: `${url}/events?key=hidden`, NOTIFICATION_SECRET: SECRET });
    database = app.get(Database);
    outbox = app.get(Outbox);
    notifications = app.get(Notifications);
    deliveries = app.get(Deliveries);
  });

  afterAll(async () => {
    await Promise.all(started.map((context) => context.close()));
    gateway.close();
    await test.drop();
  });

  beforeEach(() => {
    gateway.answers = ok;
    gateway.received.length = 0;
    errors.length = 0;
    jest.spyOn(Logger.prototype, 'error').mockImplementation((line: unknown) => void errors.push(String(line)));
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  const event = (given: Partial<NewEvent> = {}): NewEvent => ({
    type: 'payment.confirmed',
    subject: randomUUID(),
    customerId: CUSTOMER,
    at: clock.now(),
    amount: Money.parse('1500'),
    merchant: 'Magnum',
    data: { paymentId: NOBODY },
    ...given,
  });

  /** Enqueues an event and returns its id. */
  async function enqueue(given: Partial<NewEvent> = {}): Promise<string> {
    const sent = event(given);
    await notifications.enqueue(database, [sent]);
    const [found] = await deliveries.listNotifications({ subject: sent.subject }, 2, null);
    return found?.id ?? 'none';
  }

  /** Advances the clock to the next attempt and delivers. */
  async function deliverNext(id: string): Promise<void> {
    const { nextAttemptAt } = await deliveries.readDetails(id);
    clock.advance(Math.max(0, (nextAttemptAt?.getTime() ?? 0) - clock.now().getTime()));
    await outbox.drainOnce();
  }

  const byId = (id: string) => gateway.received.filter(({ headers }) => headers['webhook-id'] === id);

  it('reach the gateway signed, dated and byte for byte', async () => {
    const id = await enqueue();
    await outbox.drainOnce();
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
    const details = await deliveries.readDetails(id);
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

  it('are enqueued by one statement in any number, and all delivered', async () => {
    const events = EVENT_TYPES.map((type) => event({ type, subject: 'purchase-1' }));
    const statements: string[] = [];
    await database.transaction(async (tx) => {
      const counted = {
        query: <Rows>(sql: string, parameters?: unknown[]) => {
          statements.push(sql);
          return tx.query<Rows>(sql, parameters);
        },
      };
      await notifications.enqueue(counted, events);
      await notifications.enqueue(counted, []);
    });
    expect(statements).toHaveLength(1);
    await outbox.drainOnce();
    expect(gateway.received.map(({ body }) => (JSON.parse(body) as { type: string }).type).sort()).toEqual(
      [...EVENT_TYPES].sort(),
    );
    const found = await deliveries.listNotifications({ subject: 'purchase-1', status: 'DELIVERED' }, 10, null);
    expect(found).toHaveLength(EVENT_TYPES.length);
  });

  it('of a rolled back transaction are never sent', async () => {
    const sent = event();
    const failing = database.transaction(async (tx) => {
      await notifications.enqueue(tx, [sent]);
      throw new Error('the money did not move');
    });
    await expect(failing).rejects.toThrow('the money did not move');
    expect(await outbox.drainOnce()).toEqual({ claimed: 0, done: 0, retried: 0 });
    expect(await deliveries.listNotifications({ subject: sent.subject }, 1, null)).toEqual([]);
  });

  it('are not stored without a gateway', async () => {
    const without = await start({});
    const sent = event();
    expect(without.get(Notifications).enabled).toBe(false);
    expect(notifications.enabled).toBe(true);
    await without.get(Notifications).enqueue(without.get(Database), [sent]);
    expect(await deliveries.listNotifications({ subject: sent.subject }, 1, null)).toEqual([]);
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
    expect(await outbox.drainOnce()).toEqual({ claimed: 1, done: 0, retried: 1 });
    const waiting = await deliveries.readDetails(id);
    expect(waiting).toMatchObject({ status: 'PENDING', attempts: 1, deliveredAt: null, history: [attempt] });
    expect(waiting.nextAttemptAt?.getTime()).toBeGreaterThan(clock.now().getTime());
    expect(waiting.lastError).toMatch(/^HTTP \d{3}$|^ECONNRESET$|^no answer/);

    gateway.answers = ok;
    await deliverNext(id);
    const delivered = await deliveries.readDetails(id);
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
    await outbox.drainOnce();
    expect(await deliveries.readDetails(id)).toMatchObject({ status: 'DELIVERED', attempts: 1 });
  });

  it('wait for a gateway that is unreachable', async () => {
    const port = new URL(url).port;
    const stopped = new TestGateway();
    const closed = await stopped.listen();
    stopped.close();
    expect(closed).not.toContain(`:${port}`);
    const process = await start({ NOTIFICATION_URL: closed, NOTIFICATION_SECRET: SECRET });
    const id = await enqueue();
    await process.get(Outbox).drainOnce();
    expect(await deliveries.readDetails(id)).toMatchObject({
      status: 'PENDING',
      lastError: 'ECONNREFUSED',
      history: [{ outcome: 'NO_ANSWER', httpStatus: null, error: 'ECONNREFUSED' }],
    });
    await deliverNext(id);
    expect(await deliveries.readDetails(id)).toMatchObject({ status: 'DELIVERED', attempts: 2 });
  });

  describe('that never arrive', () => {
    it('are not given up by a slow attempt after another process made a later one', async () => {
      const other = await start({ NOTIFICATION_URL: url, NOTIFICATION_SECRET: SECRET });
      const id = await enqueue();
      clock.advance(DAYS_3);
      gateway.answers = () => undefined;
      const slow = outbox.drainOnce();
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
      expect(await deliveries.readDetails(id)).toMatchObject({
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
      await outbox.drainOnce();
      for (
        let details = await deliveries.readDetails(id);
        details.status === 'PENDING';
        details = await deliveries.readDetails(id)
      ) {
        expect(details.nextAttemptAt?.getTime()).toBeLessThanOrEqual(since.getTime() + DAYS_3);
        await deliverNext(id);
      }
      expect(clock.now().getTime() - since.getTime()).toBe(DAYS_3);
      const details = await deliveries.readDetails(id);
      expect(details).toMatchObject({
        status: 'FAILED',
        lastError: 'HTTP 503',
        nextAttemptAt: null,
        deliveredAt: null,
      });
      expect(details.history.at(-1)).toMatchObject({ attempt: details.attempts, startedAt: clock.now() });
      expect(byId(id)).toHaveLength(details.attempts);
      expect(errors).toEqual([`notification ${id} refund.credited was given up after ${details.attempts} attempts`]);
      expect(await outbox.drainOnce()).toEqual({ claimed: 0, done: 0, retried: 0 });
      expect(await deliveries.listNotifications({ status: 'FAILED' }, 9, null)).toMatchObject([{ id }]);
      const metrics = await app.get(Metrics).text();
      expect(metrics).toContain('mpp_notifications_failed 1\n');
      expect(metrics).toMatch(/mpp_notification_attempts_total\{outcome="REFUSED"\} \d/);

      // After a resend by an operator, three more days.
      expect(await deliveries.resend(id, 'aigerim')).toMatchObject({
        id,
        status: 'PENDING',
        nextAttemptAt: clock.now(),
      });
      await outbox.drainOnce();
      expect(await deliveries.readDetails(id)).toMatchObject({ status: 'PENDING', attempts: details.attempts + 1 });
      gateway.answers = ok;
      await deliverNext(id);
      expect(await deliveries.readDetails(id)).toMatchObject({ status: 'DELIVERED', attempts: details.attempts + 2 });
      expect(new Set(byId(id).map(({ body }) => body)).size).toBe(1);
    });
  });

  describe('that an operator resends', () => {
    const audit = (subject: string) =>
      test.query('select actor, action, customer_id, details from access_audit where subject = $1', [subject]);

    it('are sent with the same id and body, also after a delivery', async () => {
      const subject = randomUUID();
      const id = await enqueue({ subject });
      await outbox.drainOnce();
      const deliveredAt = clock.now();
      clock.advance(60_000);
      expect(await deliveries.resend(id.toUpperCase(), 'aigerim')).toEqual({
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
      await outbox.drainOnce();
      expect(await deliveries.readDetails(id)).toMatchObject({
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

    it('by the outbox’s retry call start the time to give up again too', async () => {
      const id = await enqueue();
      await outbox.drainOnce();
      clock.advance(DAYS_3);
      await outbox.retry(id);
      gateway.answers = (answer) => void answer.writeHead(500).end();
      await outbox.drainOnce();
      expect(await deliveries.readDetails(id)).toMatchObject({ status: 'PENDING', attempts: 2 });
      gateway.answers = ok;
      await deliverNext(id);
    });

    it('are left alone while an attempt is under way', async () => {
      const subject = randomUUID();
      const id = await enqueue({ subject });
      const during: unknown[] = [];
      gateway.answers = (answer) => {
        void deliveries.resend(id, 'aigerim').then((seen) => {
          during.push(seen);
          ok(answer);
        });
      };
      await outbox.drainOnce();
      expect(during).toMatchObject([{ id, status: 'PENDING', attempts: 1 }]);
      expect(await deliveries.readDetails(id)).toMatchObject({ status: 'DELIVERED', attempts: 1 });
      expect(await audit(subject)).toEqual([]);
    });

    it('must exist and be notifications', async () => {
      await test.query(`select outbox_enqueue($1, 'other', 'k', '{}', $2, null, null, $2)`, [NOBODY, clock.now()]);
      for (const id of [NOBODY, randomUUID(), 'none']) {
        await expect(deliveries.resend(id, 'aigerim')).rejects.toMatchObject({ code: 'NOT_FOUND' });
        await expect(deliveries.readDetails(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      }
    });

    it('need a gateway', async () => {
      const without = await start({});
      const id = await enqueue();
      await expect(without.get(Deliveries).resend(id, 'a')).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
      await outbox.drainOnce();
    });
  });

  it('are listed newest first, page by page, and found by subject', async () => {
    const who = customerId('900900000777');
    const ids: string[] = [];
    for (const type of ['payment.delayed', 'payment.confirmed', 'refund.accepted'] as const) {
      ids.unshift(await enqueue({ type, customerId: who }));
      clock.advance(1000);
    }
    const found = async (filter: object, limit = 10, after: { at: Date; id: string } | null = null) =>
      (await deliveries.listNotifications({ customerId: who, ...filter }, limit, after)).map(({ id }) => id);
    expect(await found({})).toEqual(ids);
    const [first] = await deliveries.listNotifications({ customerId: who }, 1, null);
    expect(await found({}, 1, { at: first?.createdAt ?? new Date(), id: ids[0] ?? '' })).toEqual([ids[1]]);
    expect(await found({ type: 'payment.confirmed' })).toEqual([ids[1]]);
    expect(await found({ status: 'PENDING', type: 'refund.accepted' })).toEqual([ids[0]]);
    expect(await found({ status: 'DELIVERED' })).toEqual([]);
    await outbox.drainOnce();
    expect(await found({ status: 'DELIVERED' })).toEqual(ids);
  });

  it('never write the customer or the gateway’s address to the log', async () => {
    const lines: string[] = [];
    jest.spyOn(Logger.prototype, 'log').mockImplementation((line: unknown) => void lines.push(String(line)));
    gateway.answers = (answer) => void answer.socket?.resetAndDestroy();
    const id = await enqueue();
    await outbox.drainOnce();
    gateway.answers = ok;
    await deliverNext(id);
    expect(lines.filter((line) => line.includes(id))).toHaveLength(2);
    expect(lines.join()).toContain('payment.confirmed');
    expect(lines.join()).not.toMatch(/hidden|127\.0\.0\.1|900900000001/);
  });
});
