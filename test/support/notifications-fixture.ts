import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, jest } from '@jest/globals';
import { AccessModule } from '@mpp/access';
import { Settings } from '@mpp/config';
import { customerId, Money } from '@mpp/kernel';
import { Outbox, OutboxModule } from '@mpp/outbox';
import { Database, PlatformModule } from '@mpp/platform';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Deliveries } from '../../libs/notifications/deliveries.service.js';
import type { NewEvent } from '../../libs/notifications/domain/event.js';
import { NotificationsModule } from '../../libs/notifications/notifications.module.js';
import { Notifications } from '../../libs/notifications/notifications.service.js';
import { createDatabase, type TestDatabase } from './database.js';
import { TestGateway } from './gateway.js';

export { TestGateway };

import { QUIET } from './mpp.js';
import { TestClock } from './test-clock.js';

export const CUSTOMER = customerId('900900000001');
export const SECRET = `whsec_${Buffer.alloc(24, 'secret').toString('base64')}`;
/** Long enough for an answer on a slow machine. */
export const TIMEOUT_MS = 2000;
export const DAYS_3 = 72 * 3_600_000;
export const UNKNOWN_ID = '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44';

export const ok = (response: ServerResponse) => void response.end('{"customer":"a name that must not be stored"}');

/** A server process with notifications and their gateway, for a spec file of its own: registers the hooks that start and stop it. */
export function notificationsFixture() {
  const clock = new TestClock();
  const gateway = new TestGateway(ok);
  const fixture = {} as {
    url: string;
    test: TestDatabase;
    app: INestApplicationContext;
    database: Database;
    outbox: Outbox;
    notifications: Notifications;
    deliveries: Deliveries;
  };
  const started: INestApplicationContext[] = [];
  const errors: string[] = [];

  async function start(env: Record<string, string>): Promise<INestApplicationContext> {
    const settings = Settings.read({
      ...QUIET,
      DATABASE_URL: fixture.test.url,
      KASPI_BASE_URL: 'http://127.0.0.1:9',
      BACKGROUND_WORK: 'off',
      NOTIFICATION_TIMEOUT_MS: String(TIMEOUT_MS),
      ...env,
    });
    const root = {
      module: class Root {},
      imports: [
        PlatformModule.with({ settings, clock, databaseClock: clock.ofDatabase }),
        OutboxModule,
        AccessModule,
        NotificationsModule,
      ],
    };
    const context = await NestFactory.createApplicationContext(root, { logger: false });
    started.push(context);
    return context;
  }

  beforeAll(async () => {
    fixture.test = await createDatabase();
    fixture.url = await gateway.listen();
    fixture.app = await start({ NOTIFICATION_URL: `${fixture.url}/events?key=hidden`, NOTIFICATION_SECRET: SECRET });
    fixture.database = fixture.app.get(Database);
    fixture.outbox = fixture.app.get(Outbox);
    fixture.notifications = fixture.app.get(Notifications);
    fixture.deliveries = fixture.app.get(Deliveries);
  });

  afterAll(async () => {
    await Promise.all(started.map((context) => context.close()));
    await gateway.close();
    await fixture.test.drop();
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
    data: { paymentId: UNKNOWN_ID },
    ...given,
  });

  /** Enqueues an event and returns its id. */
  async function enqueue(given: Partial<NewEvent> = {}): Promise<string> {
    const sent = event(given);
    await fixture.notifications.enqueueNotifications(fixture.database, [sent]);
    const [found] = await fixture.deliveries.listNotifications({ subject: sent.subject }, 2, null);
    return found?.id ?? 'none';
  }

  /** Advances the clock to the next attempt and delivers. */
  async function deliverNext(id: string): Promise<void> {
    const { nextAttemptAt } = await fixture.deliveries.readDetails(id);
    clock.advance(Math.max(0, (nextAttemptAt?.getTime() ?? 0) - clock.now().getTime()));
    await fixture.outbox.drainOnce();
  }

  const byId = (id: string) => gateway.received.filter(({ headers }) => headers['webhook-id'] === id);

  return { fixture, clock, gateway, errors, start, event, enqueue, deliverNext, byId };
}
