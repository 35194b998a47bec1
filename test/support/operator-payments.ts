import { afterAll, beforeAll, beforeEach, expect } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { createDatabase, type TestDatabase } from './database.js';
import { happyKaspi, KaspiPeer, LINKS, type Reply } from './kaspi-peer.js';
import { type Answer, startTestServer, type TestServer } from './mpp.js';
import type { Problem } from './problems.js';
import { TestClock } from './test-clock.js';

export type Part = Record<string, unknown>;
export interface PaymentDetails extends Part {
  id: string;
  exchanges: Part[];
  messages: (Part & { id: string })[];
  audit: Part[];
}
export interface Page extends Part {
  items: (Part & { id: string })[];
  nextCursor: string | null;
}

export type Customer = Awaited<ReturnType<TestServer['mpp']['customer']>>;

/** The default of NOTIFY_RETRY_MAX_MS. */
const LONGEST_PAUSE_MS = 60_000;
export const IN_DOUBT_AFTER_MS = 60_000;
const DEADLINE = '2099-03-10T12:00:00+06';
export const SUCCESS = { resultCode: 'SUCCESS', resultMessage: 'success' };
export const UNKNOWN_ID = '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44';

/** A server with the calls of operators on payments, for a spec file of its own: registers the hooks of its life. */
export function operatorPayments() {
  const clock = new TestClock();
  const world = {} as {
    database: TestDatabase;
    kaspi: KaspiPeer;
    server: TestServer;
    /** The token of an operator of this name. */
    aigerim: string;
    /** The answer to notifyPayment. */
    notify: () => Reply | Promise<Reply>;
  };

  beforeAll(async () => {
    world.database = await createDatabase();
    world.kaspi = await KaspiPeer.start();
    const env = {
      DATABASE_URL: world.database.url,
      KASPI_BASE_URL: world.kaspi.url,
      BACKGROUND_WORK: 'off',
      CONFIRM_WAIT_MS: '0',
      IN_DOUBT_AFTER_MS: String(IN_DOUBT_AFTER_MS),
      KASPI_AWAY_AFTER: '1000',
    };
    world.server = await startTestServer(env, clock);
    const named = { roles: ['operations'], name: 'aigerim' };
    world.aigerim = (await world.server.mpp.call<{ token: string }>('POST', '/dev/token', { body: named })).body.token;
  });

  afterAll(async () => {
    await world.server.stop();
    await world.kaspi.close();
    await world.database.drop();
  });

  beforeEach(async () => {
    world.notify = () => ({ json: { result: SUCCESS, ...LINKS } });
    const scans = happyKaspi({ confirmUntil: DEADLINE });
    world.kaspi.script = (request, index) =>
      request.path.endsWith('/notifyPayment') ? world.notify() : scans(request, index);
    // Messages of earlier tests are delivered first.
    clock.advance(LONGEST_PAUSE_MS);
    await drain();
    world.kaspi.arrived.length = 0;
  });

  const customer = () => world.server.mpp.customer();

  const drain = () => world.server.app.get(Outbox).drainOnce();
  const scan = async (who: Customer, qrCode = `purchase-${who.id}`) => (await who.scan(qrCode)).body.payment.id;
  /** Confirmed by the customer, with one notify attempt. */
  async function pay(who: Customer, qrCode?: string): Promise<string> {
    const id = await scan(who, qrCode);
    await who.confirm(id);
    await drain();
    return id;
  }
  /** Debited, and without an answer of the PS for too long. */
  async function doubted(who: Customer): Promise<string> {
    world.notify = () => 'reset';
    const id = await pay(who);
    clock.advance(IN_DOUBT_AFTER_MS);
    await drain();
    return id;
  }

  const as = (role: string) => world.server.mpp.teamToken(role);
  const get = async <Body = Problem>(path: string, role = 'support'): Promise<Answer<Body>> =>
    world.server.mpp.call<Body>('GET', `/ops/v1/${path}`, { token: await as(role) });
  const post = <Body = Problem>(path: string, body?: unknown, token = world.aigerim): Promise<Answer<Body>> =>
    world.server.mpp.call<Body>('POST', `/ops/v1/${path}`, { token, body });
  const detailsOf = async (id: string) => (await get<PaymentDetails>(`payments/${id}`)).body;
  const resolve = (id: string, outcome: string, reason = 'case 4711') =>
    post<Problem & PaymentDetails>(`payments/${id}/resolve`, { outcome, reason });
  const found = async (query: string) => {
    const { status, body } = await get<Page>(`payments?${query}`);
    expect(status).toBe(200);
    return body.items.map(({ id }) => id);
  };

  return { world, clock, customer, drain, scan, pay, doubted, as, get, post, detailsOf, resolve, found };
}
