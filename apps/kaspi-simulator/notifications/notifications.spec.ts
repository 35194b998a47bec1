import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { CUSTOMER, SECOND_CUSTOMER } from '../testing/simulator-client.js';
import { TestSimulator } from '../testing/test-simulator.js';

const [YOUNG, OLD, FOREIGN] = [1, 2, 3].map((fill) => `whsec_${Buffer.alloc(32, fill).toString('base64')}`) as [
  string,
  string,
  string,
];
const simulator = new TestSimulator({ notificationSecret: `${YOUNG}, ${OLD.replace(/=+$/, '')}` });
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

interface Mail {
  readonly id?: string;
  readonly secrets?: readonly string[];
  readonly signedAt?: Date;
  /** What arrives instead of what was signed. */
  readonly arrives?: string;
}

/** As a participant sends a notification. */
async function tell(content: unknown, letter: Mail = {}, to = simulator) {
  const { id = newId(), secrets = [YOUNG], signedAt = simulator.clock.now() } = letter;
  const body = typeof content === 'string' ? content : JSON.stringify(content);
  return await to.client.post('/notifications', letter.arrives ?? body, {
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
  it('that is rightly signed is taken and shown', async () => {
    const response = await tell(notification(), { id: 'msg_first' });
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
    ['the second secret, which is written without its padding', [OLD]],
    ['a secret that is gone and one that is known', [FOREIGN, YOUNG]],
  ])('is known by %s', async (_what, secrets) => {
    expect((await tell(notification(), { secrets })).status).toBe(204);
    expect(newest()).toMatchObject({ verified: true });
  });

  it.each<[string, Mail]>([
    ['signed by somebody else', { secrets: [FOREIGN] }],
    ['signed by nobody', { secrets: [] }],
    ['changed on its way', { arrives: JSON.stringify(notification({ customerId: SECOND_CUSTOMER })) }],
    ['signed more than five minutes ago', { signedAt: new Date('2026-02-19T09:54:59Z') }],
    ['signed in the future', { signedAt: new Date('2026-02-19T10:05:01Z') }],
  ])('that is %s is refused, kept as unverified, and reaches no phone', async (_what, letter) => {
    const id = newId();
    expect((await tell(notification(), { id, ...letter })).status).toBe(401);
    expect(newest()).toMatchObject({ webhookId: id, verified: false });
    const before = newest();
    expect((await tell(notification({ texts: { ru: { title: 'настоящее' } } }), { id })).status).toBe(204);
    expect(newest()).toMatchObject({ webhookId: id, verified: true, times: 1 });
    expect(simulator.running.notifications()).toContainEqual(before);
    const phone = await (await simulator.client.get(`/phone?customerId=${SECOND_CUSTOMER}`)).text();
    expect(phone).not.toContain('<article>');
  });

  it('that comes again is the same one, and counted', async () => {
    const id = newId();
    for (let n = 0; n < 3; n++) await tell(notification(), { id });
    expect((await listed()).filter(({ webhookId }) => webhookId === id)).toMatchObject([{ times: 3 }]);
  });

  it('that is signed and no JSON object is refused in words', async () => {
    const response = await tell('[]');
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('JSON object');
  });

  it('is taken from anybody where no secret is known, and is then unverified', async () => {
    expect((await tell(notification(), { id: 'msg_open', secrets: [FOREIGN] }, open)).status).toBe(204);
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
    await tell(notification(who), { id: a });
    await tell(notification({ ...who, type: 'refund.credited' }), { id: b });
    await tell(notification(who), { id: c });
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

  it('shows its customer what came, in both languages and once, and looks again by itself', async () => {
    const id = newId();
    for (let n = 0; n < 2; n++) await tell(notification({ customerId: 'phone' }), { id });
    const page = await phoneOf('phone');
    for (const shown of ['<h2 lang="ru">Оплата</h2>', '<h2 lang="kk">Төлем</h2>', '<meta http-equiv="refresh"']) {
      expect(page.split(shown)).toHaveLength(2);
    }
    expect(await phoneOf('other')).toContain('Nothing has come yet');
  });

  it('runs nothing that a text or an address brings', async () => {
    const evil = `<script>alert("1")</script>&'`;
    const texts = { ru: { title: evil, body: evil }, kk: 'none' };
    expect((await tell(notification({ customerId: evil, type: evil, texts }))).status).toBe(204);
    const page = await phoneOf(evil);
    expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;');
    expect(page).not.toContain('<script');
  });

  it('asks whose it is', async () => {
    const page = await (await simulator.client.get('/phone')).text();
    expect(page).toContain('<form>');
    expect(page).not.toContain('refresh');
  });
});

describe('The receiver of notifications', () => {
  const kept = () => simulator.running.notifications();
  const RESET = { cause: { code: 'ECONNRESET' } };

  it('fails with an HTTP error, or with nonsense, and keeps nothing', async () => {
    const known = kept();
    await simulator.client.faults('PUT', {
      notification: [
        { do: 'status', httpStatus: 503, count: 1 },
        { do: 'garbage', count: 1 },
      ],
    });
    expect((await tell(notification())).status).toBe(503);
    expect(await (await tell(notification())).text()).toMatch(/^{"result"/);
    expect(kept()).toEqual(known);
    expect((await tell(notification())).status).toBe(204);
  });

  it('resets the connection and keeps nothing, or keeps it and loses the answer', async () => {
    const known = kept();
    await simulator.client.faults('PUT', {
      notification: [
        { do: 'reset', count: 1 },
        { do: 'lose', count: 1 },
      ],
    });
    await expect(tell(notification())).rejects.toMatchObject(RESET);
    expect(kept()).toEqual(known);
    const id = newId();
    await expect(tell(notification(), { id })).rejects.toMatchObject(RESET);
    expect((await tell(notification(), { id })).status).toBe(204);
    expect(newest()).toMatchObject({ webhookId: id, times: 2 });
  });

  it('hangs, and does not keep the simulator from stopping', async () => {
    await open.client.faults('PUT', { notification: [{ do: 'hang', count: 1 }] });
    const hanging = tell(notification(), {}, open).then(
      () => 'answered',
      () => 'cut off',
    );
    while (open.running.faults.left().notification.length > 0) await open.client.get('/health');
    await open.restart();
    expect(await hanging).toBe('cut off');
    expect(open.running.notifications()).toEqual([]);
  });

  it('has no codes to refuse with', async () => {
    const refuse = { do: 'refuse', resultCode: 'RISK_REJECT' };
    const { status, body } = await simulator.client.faults('PUT', { scan: [refuse], notification: [refuse] });
    expect(status).toBe(400);
    expect(body.message).toMatch(/^notification\[0\]: notification has nothing to refuse with/);
    expect(simulator.running.faults.left().scan).toEqual([]);
  });

  it('may be looked at while it fails', async () => {
    simulator.running.faults.set({ notification: [{ do: 'reset' }] });
    expect((await simulator.client.get('/notifications')).status).toBe(200);
  });
});
