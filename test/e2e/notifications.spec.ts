import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EVENT_TYPES } from '@mpp/notifications';
import Ajv2020 from 'ajv/dist/2020.js';
import { Webhook } from 'standardwebhooks';
import { type GatewayReply, type GatewayRequest, replyNoContent, TestGateway } from '../support/gateway.js';
import { happyKaspi, refusal } from '../support/kaspi-peer.js';
import type { TestServer } from '../support/mpp.js';
import { paymentFixture } from '../support/payment-fixture.js';
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
const gateway = new TestGateway();
let gatewayUrl = '';

// Before the server starts, which needs the address.
beforeAll(async () => {
  gatewayUrl = await gateway.listen();
});

const fixture = paymentFixture(() => ({
  NOTIFICATION_URL: `${gatewayUrl}/hook`,
  NOTIFICATION_SECRET: `${SECRET},${OLD_SECRET}`,
  NOTIFICATION_TIMEOUT_MS: '2000',
  NOTIFICATION_RETRY_BASE_MS: '20',
  NOTIFICATION_RETRY_MAX_MS: '50',
  NOTIFICATION_CONCURRENCY: '4',
  CONFIRM_WAIT_MS: '20000',
  IN_DOUBT_AFTER_MS: '300',
  OUTBOX_POLL_MS: '20',
  EXPIRY_POLL_MS: '20',
  NOTIFY_RETRY_BASE_MS: '20',
  NOTIFY_RETRY_MAX_MS: '50',
}));
const { customer } = fixture;
const ps = () => new PsRefunds(`${fixture.server.kaspiUrl}/refund`);
let purchases = 0;

afterAll(() => gateway.close());

beforeEach(() => {
  gateway.answers = replyNoContent;
});

const eventOf = ({ body }: GatewayRequest) => JSON.parse(body) as Event;
const requestsFor = (customerId: string) =>
  gateway.received.filter((request) => eventOf(request).customerId === customerId);

type Customer = Awaited<ReturnType<TestServer['mpp']['customer']>>;

async function pay(alia: Customer) {
  const qrCode = `notified-${++purchases}`;
  const { id } = (await alia.scan(qrCode)).body.payment;
  const { status } = (await alia.confirm(id)).body;
  return { id, status, purchase: { paymentId: `ps-${qrCode}`, customerId: alia.id } };
}

const untilNotified = (type: string, { id }: Customer, times = 1) =>
  until(
    type,
    () => requestsFor(id).filter((request) => eventOf(request).type === type),
    (requests) => requests.length >= times,
  );

async function operator<Body = Record<string, unknown>>(method: string, path: string) {
  const token = await fixture.server.mpp.teamToken('operations');
  return fixture.server.mpp.call<Body>(method, `/ops/v1/notifications${path}`, { token });
}

async function schemas(): Promise<Record<string, object>> {
  const { body } = await fixture.server.mpp.call<{
    webhooks: Record<string, { post: { requestBody: { content: { 'application/json': { schema: object } } } } }>;
  }>('GET', '/docs/notifications.json');
  return Object.fromEntries(
    Object.entries(body.webhooks).map(([type, { post }]) => [
      type,
      post.requestBody.content['application/json'].schema,
    ]),
  );
}

/** Causes one event of each type. Returns its customer. */
const CAUSES: Record<string, () => Promise<Customer>> = {
  'payment.confirmed': async () => {
    const alia = await customer();
    expect((await pay(alia)).status).toBe('CONFIRMED');
    return alia;
  },
  'payment.reversed': async () => {
    const alia = await customer();
    fixture.reply('notifyPayment', refusal('RISK_REJECT'));
    expect((await pay(alia)).status).toBe('REVERSED');
    return alia;
  },
  'payment.declined': async () => {
    const poor = await customer('1.00');
    expect((await pay(poor)).status).toBe('DECLINED');
    return poor;
  },
  'payment.expired': async () => {
    const alia = await customer();
    const soon = new Date(Date.now() + 2100).toISOString();
    fixture.kaspi.script = happyKaspi({ confirmUntil: soon });
    await alia.scan(`notified-${++purchases}`);
    return alia;
  },
  'payment.delayed': async () => {
    const alia = await customer();
    fixture.kaspi.script = (request, index) =>
      request.path.endsWith('/notifyPayment') ? 'reset' : happyKaspi()(request, index);
    await pay(alia);
    return alia;
  },
  'refund.accepted': async () => {
    const alia = await customer();
    const { purchase } = await pay(alia);
    expect((await ps().refund(purchase)).result?.resultCode).toBe('SUCCESS');
    return alia;
  },
  'refund.credited': async () => {
    const alia = await customer();
    const { purchase } = await pay(alia);
    expect((await ps().refund(purchase)).result?.resultCode).toBe('SUCCESS');
    return alia;
  },
};

describe('the participant’s gateway', () => {
  it.each(EVENT_TYPES)(
    'is notified of %s once, signed with each secret, valid against its schema, in both languages',
    async (type) => {
      const alia = await (CAUSES[type] as () => Promise<Customer>)();
      const [request] = await untilNotified(type, alia);
      if (request === undefined) throw new Error('no request');
      const event = eventOf(request);
      for (const secret of [SECRET, OLD_SECRET]) {
        expect(new Webhook(secret).verify(request.body, request.headers)).toMatchObject({
          type,
          version: 1,
          customerId: alia.id,
        });
      }
      const ajv = new Ajv2020.default({ strict: false, formats: { 'date-time': true } });
      expect(ajv.validate((await schemas())[type] ?? {}, event) || ajv.errors).toBe(true);
      for (const text of Object.values(event.texts)) expect(text.body).toMatch(/\p{Script=Cyrillic}/u);
      expect(event.data).toMatchObject(
        type.startsWith('payment.') ? { currency: 'KZT', qrCodeType: 'Dynamic' } : { amount: '100.00' },
      );
    },
  );

  it.each<[string, GatewayReply]>([
    ['answers 500', (response) => void response.writeHead(500).end()],
    ['resets connections', (_, request) => void request.socket.resetAndDestroy()],
    ['does not answer', () => undefined],
  ])(
    'that %s delays neither payments nor refunds, and is notified of each later, with one id and one body',
    async (_, reply) => {
      gateway.answers = reply;
      const alia = await customer();
      const { status, purchase } = await pay(alia);
      expect(status).toBe('CONFIRMED');
      await ps().refund(purchase);
      await until(
        'credited',
        () => alia.balance(),
        (balance) => balance === '1000.00',
      );
      await untilNotified('refund.credited', alia, 2);
      gateway.answers = replyNoContent;
      const mine = async () =>
        (await operator<{ items: { status: string; id: string }[] }>('GET', `?customerId=${alia.id}`)).body.items;
      const items = await until('all delivered', mine, (all) => all.every(({ status: is }) => is === 'DELIVERED'));
      expect(items).toHaveLength(3);
      const requests = requestsFor(alia.id);
      expect(new Set(requests.map(({ headers }) => headers['webhook-id']))).toEqual(new Set(items.map(({ id }) => id)));
      for (const { id } of items) {
        const bodies = requests.filter(({ headers }) => headers['webhook-id'] === id).map(({ body }) => body);
        expect(new Set(bodies).size).toBe(1);
      }
    },
  );

  it('is notified again when an operator resends; the attempts are recorded, and so is the operator', async () => {
    const alia = await customer();
    const { id: payment } = await pay(alia);
    await untilNotified('payment.confirmed', alia);
    const [item] = (await operator<{ items: { id: string }[] }>('GET', `?type=payment.confirmed&subject=${payment}`))
      .body.items;
    const path = `/${item?.id}`;
    await until(
      'delivered',
      async () => (await operator('GET', path)).body.status,
      (status) => status === 'DELIVERED',
    );
    expect((await operator('POST', `${path}/resend`)).status).toBe(200);
    const [first, again] = await untilNotified('payment.confirmed', alia, 2);
    expect(again?.body).toBe(first?.body);
    expect(again?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    const details = await until(
      'two attempts',
      async () => (await operator<{ history: object[] }>('GET', path)).body,
      ({ history }) => history.length === 2,
    );
    expect(details).toMatchObject({ body: { type: 'payment.confirmed', data: { id: payment } } });
    const admin = await fixture.server.mpp.teamToken('admin');
    const audit = await fixture.server.mpp.call<{ items: object[] }>(
      'GET',
      '/ops/v1/audit?action=NOTIFICATION_RESENT',
      {
        token: admin,
      },
    );
    expect(audit.body.items).toHaveLength(1);
  });

  it('has a JSON schema of each event type in the documents', async () => {
    const served = await schemas();
    expect(Object.keys(served).sort()).toEqual([...EVENT_TYPES].sort());
    for (const [type, schema] of Object.entries(served)) {
      const file = join(SCHEMAS, `${type}.schema.json`);
      const text = `${JSON.stringify(schema, null, 2)}\n`;
      // UPDATE_SCHEMAS=1 writes the files after an intended change.
      if (process.env.UPDATE_SCHEMAS === '1') writeFileSync(file, text);
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(text));
    }
  });
});
