import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { CUSTOMER, SECOND_CUSTOMER } from '../testing/simulator-client.js';
import { TestSimulator } from '../testing/test-simulator.js';

const [NEW_SECRET, OLD_SECRET, UNKNOWN_SECRET] = [1, 2, 3].map(
  (fill) => `whsec_${Buffer.alloc(32, fill).toString('base64')}`,
) as [string, string, string];
const simulator = new TestSimulator({ notificationSecret: `${NEW_SECRET}, ${OLD_SECRET.replace(/=+$/, '')}` });
const open = new TestSimulator();

beforeAll(() => Promise.all([simulator.start(), open.start()]));
afterAll(() => Promise.all([simulator.end(), open.end()]));
afterEach(() => simulator.running.faults.clear());

let ids = 0;
const newId = () => `msg_${++ids}`;
const notification = (change: object = {}) => ({
  type: 'payment.confirmed',
  timestamp: '2026-02-19T10:00:00Z',
  version: 1,
  customerId: CUSTOMER,
  data: { amount: '1500.00' },
  texts: {
    ru: { title: 'Оплата', body: 'Coffee Bar: 1500.00 ₸' },
    kk: { title: 'Төлем', body: 'Coffee Bar: 1500.00 ₸' },
  },
  ...change,
});

interface Sending {
  readonly id?: string;
  readonly secrets?: readonly string[];
  readonly signedAt?: Date;
  /** The body that arrives in place of the signed one. */
  readonly arrivingBody?: string;
}

/** Sends a notification as a participant does. */
async function sendNotification(content: unknown, options: Sending = {}, to = simulator) {
  const { id = newId(), secrets = [NEW_SECRET], signedAt = simulator.clock.now() } = options;
  const body = typeof content === 'string' ? content : JSON.stringify(content);
  return await to.client.post('/notifications', options.arrivingBody ?? body, {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(signedAt.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, signedAt, body)).join(' '),
  });
}
const newest = () => simulator.running.notifications()[0];
const listed = async (query = '') => {
  const response = await simulator.client.get(`/notifications${query}`);
  return ((await response.json()) as { items: { webhookId: string }[] }).items;
};

describe('A notification of the participant', () => {
  it('with a valid signature is accepted and listed', async () => {
    const response = await sendNotification(notification(), { id: 'msg_first' });
    expect([response.status, await response.text()]).toEqual([204, '']);
    const { type, customerId, texts, data } = notification();
    expect(newest()).toEqual({
      receivedAt: '2026-02-19T10:00:00.000Z',
      webhookId: 'msg_first',
      times: 1,
      verified: true,
      type,
      customerId,
      texts,
      data,
    });
    expect(await listed()).toEqual(simulator.running.notifications());
  });

  it.each([
    ['the second secret, which is written without padding', [OLD_SECRET]],
    ['an unknown secret and a known one', [UNKNOWN_SECRET, NEW_SECRET]],
  ])('signed with %s is verified', async (_what, secrets) => {
    expect((await sendNotification(notification(), { secrets })).status).toBe(204);
    expect(newest()).toMatchObject({ verified: true });
  });

  it.each<[string, Sending]>([
    ['signed with an unknown secret', { secrets: [UNKNOWN_SECRET] }],
    ['unsigned', { secrets: [] }],
    ['changed after signing', { arrivingBody: JSON.stringify(notification({ customerId: SECOND_CUSTOMER })) }],
    ['signed more than five minutes ago', { signedAt: new Date('2026-02-19T09:54:59Z') }],
    ['signed in the future', { signedAt: new Date('2026-02-19T10:05:01Z') }],
  ])('that is %s is refused, listed as unverified, and not shown on the phone', async (_what, options) => {
    const id = newId();
    expect((await sendNotification(notification(), { id, ...options })).status).toBe(401);
    expect(newest()).toMatchObject({ webhookId: id, verified: false });
    const before = newest();
    expect((await sendNotification(notification({ texts: { ru: { title: 'настоящее' } } }), { id })).status).toBe(204);
    expect(newest()).toMatchObject({ webhookId: id, verified: true, times: 1 });
    expect(simulator.running.notifications()).toContainEqual(before);
    const phone = await (await simulator.client.get(`/phone?customerId=${SECOND_CUSTOMER}`)).text();
    expect(phone).not.toContain('<article>');
  });

  it('that is repeated is listed once with a count', async () => {
    const id = newId();
    for (let n = 0; n < 3; n++) await sendNotification(notification(), { id });
    expect((await listed()).filter(({ webhookId }) => webhookId === id)).toMatchObject([{ times: 3 }]);
  });

  it('that is signed but not a JSON object is refused with the reason', async () => {
    const response = await sendNotification('[]');
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('JSON object');
  });

  it('is accepted as unverified if no secret is configured', async () => {
    expect((await sendNotification(notification(), { id: 'msg_open', secrets: [UNKNOWN_SECRET] }, open)).status).toBe(
      204,
    );
    const unsigned = await open.client.post('/notifications', JSON.stringify(notification()), {});
    expect(unsigned.status).toBe(204);
    expect(open.running.notifications()).toMatchObject([
      { webhookId: null, verified: false },
      { webhookId: 'msg_open', verified: false },
    ]);
    expect(await (await open.client.get(`/phone?customerId=${CUSTOMER}`)).text()).toContain('Төлем');
  });

  it('is listed newest first, by customer and by type', async () => {
    const who = { customerId: 'list' };
    const [a, b, c] = [newId(), newId(), newId()];
    await sendNotification(notification(who), { id: a });
    await sendNotification(notification({ ...who, type: 'refund.credited' }), { id: b });
    await sendNotification(notification(who), { id: c });
    const idsOf = async (query: string) => (await listed(query)).map(({ webhookId }) => webhookId);
    expect(await idsOf('?customerId=list')).toEqual([c, b, a]);
    expect(await idsOf('?customerId=list&type=refund.credited')).toEqual([b]);
    expect(await idsOf('?type=refund.credited')).toEqual([b]);
    expect(simulator.running.notifications(who).map(({ webhookId }) => webhookId)).toEqual([c, b, a]);
  });
});

describe('A phone', () => {
  const phoneOf = async (customerId: string) => {
    const response = await simulator.client.get(`/phone?customerId=${encodeURIComponent(customerId)}`);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    return await response.text();
  };

  it('shows each message of its customer once, in both languages, and refreshes itself', async () => {
    const id = newId();
    for (let n = 0; n < 2; n++) await sendNotification(notification({ customerId: 'phone' }), { id });
    const page = await phoneOf('phone');
    for (const shown of ['<h2 lang="ru">Оплата</h2>', '<h2 lang="kk">Төлем</h2>', '<meta http-equiv="refresh"']) {
      expect(page.split(shown)).toHaveLength(2);
    }
    expect(await phoneOf('other')).toContain('No messages yet');
  });

  it('escapes scripts in texts and in the address', async () => {
    const evil = `<script>alert("1")</script>&'`;
    const texts = { ru: { title: evil, body: evil }, kk: 'none' };
    expect((await sendNotification(notification({ customerId: evil, type: evil, texts }))).status).toBe(204);
    const page = await phoneOf(evil);
    expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;');
    expect(page).not.toContain('<script');
  });

  it('without a customer shows a form that asks for one', async () => {
    const page = await (await simulator.client.get('/phone')).text();
    expect(page).toContain('<form>');
    expect(page).not.toContain('refresh');
  });
});

describe('The receiver of notifications', () => {
  const listAll = () => simulator.running.notifications();
  const RESET = { cause: { code: 'ECONNRESET' } };

  it('with the fault status or garbage stores nothing', async () => {
    const before = listAll();
    await simulator.client.faults('PUT', {
      notification: [
        { do: 'status', httpStatus: 503, count: 1 },
        { do: 'garbage', count: 1 },
      ],
    });
    expect((await sendNotification(notification())).status).toBe(503);
    expect(await (await sendNotification(notification())).text()).toMatch(/^{"result"/);
    expect(listAll()).toEqual(before);
    expect((await sendNotification(notification())).status).toBe(204);
  });

  it('with the fault reset stores nothing, and with lose stores the notification and loses the answer', async () => {
    const before = listAll();
    await simulator.client.faults('PUT', {
      notification: [
        { do: 'reset', count: 1 },
        { do: 'lose', count: 1 },
      ],
    });
    await expect(sendNotification(notification())).rejects.toMatchObject(RESET);
    expect(listAll()).toEqual(before);
    const id = newId();
    await expect(sendNotification(notification(), { id })).rejects.toMatchObject(RESET);
    expect((await sendNotification(notification(), { id })).status).toBe(204);
    expect(newest()).toMatchObject({ webhookId: id, times: 2 });
  });

  it('with the fault hang does not delay the stop of the simulator', async () => {
    await open.client.faults('PUT', { notification: [{ do: 'hang', count: 1 }] });
    const hanging = sendNotification(notification(), {}, open).then(
      () => 'answered',
      () => 'aborted',
    );
    while (open.running.faults.left().notification.length > 0) await open.client.get('/health');
    await open.restart();
    expect(await hanging).toBe('aborted');
    expect(open.running.notifications()).toEqual([]);
  });

  it('cannot be planned to refuse', async () => {
    const refuse = { do: 'refuse', resultCode: 'RISK_REJECT' };
    const { status, body } = await simulator.client.faults('PUT', { scan: [refuse], notification: [refuse] });
    expect(status).toBe(400);
    expect(body.message).toMatch(/^notification\[0\]: notification has nothing to refuse with/);
    expect(simulator.running.faults.left().scan).toEqual([]);
  });

  it('lists notifications while it fails', async () => {
    simulator.running.faults.set({ notification: [{ do: 'reset' }] });
    expect((await simulator.client.get('/notifications')).status).toBe(200);
  });
});
