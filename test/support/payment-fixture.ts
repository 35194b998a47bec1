import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { createDatabase, type TestDatabase } from './database.js';
import { happyKaspi, inTurn, KaspiPeer, type Reply, type Script } from './kaspi-peer.js';
import { startTestServer, type TestServer } from './mpp.js';
import type { TestClock } from './test-clock.js';

export const MINUTE = 60_000;

/** Settings with which messages are delivered only when the test calls for it. */
export const BY_HAND = { BACKGROUND_WORK: 'off', CONFIRM_WAIT_MS: '0' };

type Env = Record<string, string>;

export interface NotifyBody {
  readonly result: { readonly resultCode: string; readonly resultMessage: string };
  readonly payment: { readonly paymentId: string; readonly mppPaymentId: string; readonly paymentAmount?: string };
  readonly customerId: string;
}

export type PaymentFixture = ReturnType<typeof paymentFixture>;

/**
 * A server, its database and a scripted PS for one spec file: registers the hooks that start them, let everything succeed again
 * before each test, and stop them. `env` may be a function that is called at the start. With a clock, a scanned purchase can be confirmed for so long by that clock.
 */
export function paymentFixture(env: Env | (() => Env) = {}, clock?: TestClock, confirmWithinMs = 600 * MINUTE) {
  const started = {} as { database: TestDatabase; kaspi: KaspiPeer; server: TestServer };

  beforeAll(async () => {
    started.database = await createDatabase();
    started.kaspi = await KaspiPeer.start();
    const addresses = { DATABASE_URL: started.database.url, KASPI_BASE_URL: started.kaspi.url };
    started.server = await startTestServer({ ...addresses, ...(typeof env === 'function' ? env() : env) }, clock);
  });

  afterAll(async () => {
    await started.server?.stop();
    await started.kaspi?.close();
    await started.database?.drop();
  });

  beforeEach(() => {
    started.kaspi.script = happy();
    started.kaspi.arrived.length = 0;
  });

  /** Everything succeeds. */
  const happy = (): Script =>
    happyKaspi(clock && { confirmUntil: new Date(clock.now().getTime() + confirmWithinMs).toISOString() });

  const query = <Row extends Record<string, unknown>>(sql: string, parameters: unknown[] = []) =>
    started.database.query<Row>(sql, parameters);

  return Object.assign(started, {
    happy,
    /** The method gets these replies, one after the other; everything else succeeds. */
    reply: (method: string, ...replies: Reply[]) => {
      started.kaspi.script = inTurn(method, replies, happy());
    },
    /** A new customer with an account with this balance, 1000.00 by default. */
    customer: (balance?: string) => started.server.mpp.customer(balance),
    /** Delivers all messages that are due, and what follows from them. */
    deliver: () => started.server.app.get(Outbox).drainOnce(),
    notifyBodies: (): NotifyBody[] => started.kaspi.of('notifyPayment').map(({ body }) => JSON.parse(body)),
    messages: () => query<{ id: string; key: string }>('select id, key from outbox_messages'),
    /** The purposes of the journal entries of a payment or refund, in order. */
    journal: async (reference: string) =>
      (await query('select purpose from ledger_entries where reference = $1 order by id', [reference])).map(
        ({ purpose }) => purpose as string,
      ),
  });
}
