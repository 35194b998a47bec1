import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EVENT_TYPES } from '@mpp/notifications';
import Ajv2020 from 'ajv/dist/2020.js';
import { Webhook } from 'standardwebhooks';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { happyKaspi, inTurn, KaspiPeer, refusal } from '../support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { PsRefunds } from '../support/ps-refunds.js';
import { until } from '../support/until.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OLD_SECRET = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const SCHEMAS = join(import.meta.dirname, '../../docs/notifications');

interface Event {
  type: string;
  timestamp: string;
  version: number;
  customerId: string;
  data: Record<string, unknown>;
  texts: Record<'ru' | 'kk', { title: string; body: string }>;
}
interface Came {
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly event: Event;
}

/** The participant's gateway; how it behaves is the test's. */
class TestGateway {
  readonly came: Came[] = [];
  behaves: 'well' | 'hangs' | 'resets' | number = 'well';
  private readonly server = http.createServer((request, response) => void this.serve(request, response));

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  about(type: string, customerId: string): Came[] {
    return this.came.filter(({ event }) => event.type === type && event.customerId === customerId);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += chunk;
    this.came.push({ headers: request.headers as Record<string, string>, body, event: JSON.parse(body) });
    if (this.behaves === 'hangs') return;
    if (this.behaves === 'resets') request.socket.resetAndDestroy();
    else response.writeHead(this.behaves === 'well' ? 204 : this.behaves).end();
  }
}

let database: TestDatabase;
let kaspi: KaspiPeer;
let gateway: TestGateway;
let server: TestServer;
let ps: PsRefunds;
let purchases = 0;

beforeAll(async () => {
  database = await createDatabase();
  kaspi = await KaspiPeer.start();
  gateway = new TestGateway();
  await gateway.open();
  server = await startTestServer({
    DATABASE_URL: database.url,
    KASPI_BASE_URL: kaspi.url,
    NOTIFICATION_URL: gateway.url,
    NOTIFICATION_SECRET: `${SECRET},${OLD_SECRET}`,
    NOTIFICATION_TIMEOUT_MS: '300',
    NOTIFICATION_RETRY_BASE_MS: '20',
    NOTIFICATION_RETRY_MAX_MS: '50',
    NOTIFICATION_CONCURRENCY: '4',
    CONFIRM_WAIT_MS: '3000',
    IN_DOUBT_AFTER_MS: '300',
    OUTBOX_POLL_MS: '20',
    EXPIRY_POLL_MS: '20',
    NOTIFY_RETRY_BASE_MS: '20',
    NOTIFY_RETRY_MAX_MS: '50',
  });
  ps = new PsRefunds(`${server.kaspiUrl}/refund`);
});

afterAll(async () => {
  await server.stop();
  await kaspi.close();
  await gateway.close();
  await database.drop();
});

beforeEach(() => {
  kaspi.script = happyKaspi();
  gateway.behaves = 'well';
});

type Customer = Awaited<ReturnType<TestServer['mpp']['customer']>>;

async function pay(alia: Customer) {
  const qrCode = `told-${++purchases}`;
  const { id } = (await alia.scan(qrCode)).body.payment;
  const { status } = (await alia.confirm(id)).body;
  return { id, status, purchase: { paymentId: `ps-${qrCode}`, customerId: alia.id } };
}

const told = (type: string, { id }: Customer, times = 1) =>
  until(
    type,
    () => gateway.about(type, id),
    (came) => came.length >= times,
  );

async function operator<Body = Record<string, unknown>>(method: string, path: string) {
  const token = await server.mpp.teamToken('operations');
  return server.mpp.call<Body>(method, `/ops/v1/notifications${path}`, { token });
}

async function schemas(): Promise<Record<string, object>> {
  const { body } = await server.mpp.call<{
    webhooks: Record<string, { post: { requestBody: { content: { 'application/json': { schema: object } } } } }>;
  }>('GET', '/docs/notifications.json');
  return Object.fromEntries(
    Object.entries(body.webhooks).map(([type, { post }]) => [
      type,
      post.requestBody.content['application/json'].schema,
    ]),
  );
}

/** Brings about one event of the type; says whose. */
const BRING_ABOUT: Record<string, () => Promise<Customer>> = {
  'payment.confirmed': async () => {
    const alia = await server.mpp.customer();
    expect((await pay(alia)).status).toBe('CONFIRMED');
    return alia;
  },
  'payment.reversed': async () => {
    const alia = await server.mpp.customer();
    kaspi.script = inTurn('notifyPayment', [refusal('RISK_REJECT')], happyKaspi());
    expect((await pay(alia)).status).toBe('REVERSED');
    return alia;
  },
  'payment.declined': async () => {
    const poor = await server.mpp.customer('1.00');
    expect((await pay(poor)).status).toBe('DECLINED');
    return poor;
  },
  'payment.expired': async () => {
    const alia = await server.mpp.customer();
    const soon = new Date(Date.now() + 2100).toISOString();
    kaspi.script = happyKaspi({ confirmUntil: soon });
    await alia.scan(`told-${++purchases}`);
    return alia;
  },
  'payment.delayed': async () => {
    const alia = await server.mpp.customer();
    kaspi.script = (request, index) =>
      request.path.endsWith('/notifyPayment') ? 'reset' : happyKaspi()(request, index);
    await pay(alia);
    return alia;
  },
  'refund.accepted': async () => {
    const alia = await server.mpp.customer();
    const { purchase } = await pay(alia);
    expect((await ps.refund(purchase)).result?.resultCode).toBe('SUCCESS');
    return alia;
  },
  'refund.credited': async () => {
    const alia = await server.mpp.customer();
    const { purchase } = await pay(alia);
    expect((await ps.refund(purchase)).result?.resultCode).toBe('SUCCESS');
    return alia;
  },
};

describe('the participant’s gateway', () => {
  it.each(EVENT_TYPES)(
    'is told %s once, signed with each secret, as its schema says, in both languages',
    async (type) => {
      const alia = await (BRING_ABOUT[type] as () => Promise<Customer>)();
      const [came] = await told(type, alia);
      if (came === undefined) throw new Error('nothing came');
      for (const secret of [SECRET, OLD_SECRET]) {
        expect(new Webhook(secret).verify(came.body, came.headers)).toMatchObject({
          type,
          version: 1,
          customerId: alia.id,
        });
      }
      const ajv = new Ajv2020.default({ strict: false, formats: { 'date-time': true } });
      expect(ajv.validate((await schemas())[type] ?? {}, came.event) || ajv.errors).toBe(true);
      for (const text of Object.values(came.event.texts)) expect(text.body).toMatch(/\p{Script=Cyrillic}/u);
      expect(came.event.data).toMatchObject(
        type.startsWith('payment.') ? { currency: 'KZT', qrCodeType: 'Dynamic' } : { amount: '100.00' },
      );
    },
  );

  it.each([
    ['fails with 500', 500],
    ['resets', 'resets'],
    ['hangs', 'hangs'],
  ] as const)(
    'that %s holds up neither payments nor refunds, and hears of each later, once per id',
    async (_, behaves) => {
      gateway.behaves = behaves;
      const alia = await server.mpp.customer();
      const { status, purchase } = await pay(alia);
      expect(status).toBe('CONFIRMED');
      await ps.refund(purchase);
      await until(
        'credited',
        () => alia.balance(),
        (balance) => balance === '1000.00',
      );
      await told('refund.credited', alia, 2);
      gateway.behaves = 'well';
      const mine = async () =>
        (await operator<{ items: { status: string; id: string }[] }>('GET', `?customerId=${alia.id}`)).body.items;
      const items = await until('all delivered', mine, (all) => all.every(({ status: is }) => is === 'DELIVERED'));
      expect(items).toHaveLength(3);
      const came = gateway.came.filter(({ event }) => event.customerId === alia.id);
      expect(new Set(came.map(({ headers }) => headers['webhook-id']))).toEqual(new Set(items.map(({ id }) => id)));
      for (const { id } of items) {
        const bodies = came.filter(({ headers }) => headers['webhook-id'] === id).map(({ body }) => body);
        expect(new Set(bodies).size).toBe(1);
      }
    },
  );

  it('is told again when an operator says so; the attempts are on record, and so is who it was', async () => {
    const alia = await server.mpp.customer();
    const { id: payment } = await pay(alia);
    await told('payment.confirmed', alia);
    const [item] = (await operator<{ items: { id: string }[] }>('GET', `?type=payment.confirmed&subject=${payment}`))
      .body.items;
    const path = `/${item?.id}`;
    await until(
      'delivered',
      async () => (await operator('GET', path)).body.status,
      (status) => status === 'DELIVERED',
    );
    expect((await operator('POST', `${path}/resend`)).status).toBe(200);
    const [first, again] = await told('payment.confirmed', alia, 2);
    expect(again?.body).toBe(first?.body);
    expect(again?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    const seen = await until(
      'two attempts',
      async () => (await operator<{ history: object[] }>('GET', path)).body,
      ({ history }) => history.length === 2,
    );
    expect(seen).toMatchObject({ body: { type: 'payment.confirmed', data: { id: payment } } });
    const admin = await server.mpp.teamToken('admin');
    const audit = await server.mpp.call<{ items: object[] }>('GET', '/ops/v1/audit?action=NOTIFICATION_RESENT', {
      token: admin,
    });
    expect(audit.body.items).toHaveLength(1);
  });

  it('finds a JSON schema of each type in the documents', async () => {
    const served = await schemas();
    expect(Object.keys(served).sort()).toEqual([...EVENT_TYPES].sort());
    for (const [type, schema] of Object.entries(served)) {
      const file = join(SCHEMAS, `${type}.schema.json`);
      const text = `${JSON.stringify(schema, null, 2)}\n`;
      // Changed on purpose? UPDATE_SCHEMAS=1 writes them anew.
      if (process.env.UPDATE_SCHEMAS === '1') writeFileSync(file, text);
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(text));
    }
  });
});
