import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { Expiry } from '@mpp/qr-payments';
import { migrate } from '../../apps/mpp-server/migrate.js';
import { FILLED, happyKaspi, inTurn, KaspiPeer, refusal } from '../support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { ACCEPTED, PsRefunds } from '../support/ps-refunds.js';
import { TestClock } from '../support/test-clock.js';
import { createTwoRoles, type TwoRoles } from '../support/two-roles.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const DAY = 86_400_000;

let kaspi: KaspiPeer;
let gateway: http.Server;
/** The types of what the participant was told. */
const told: string[] = [];

beforeAll(async () => {
  kaspi = await KaspiPeer.start();
  gateway = http.createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    told.push((JSON.parse(body) as { type: string }).type);
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  gateway.closeAllConnections();
  gateway.close();
  await kaspi.close();
});

/** Nothing happens in the background: messages are sent when they are written, and when the test says so. */
function settings(urls: { DATABASE_URL: string; DATABASE_MIGRATION_URL?: string }): Record<string, string> {
  return {
    MIGRATE_ON_START: 'on',
    ...urls,
    KASPI_BASE_URL: kaspi.url,
    NOTIFICATION_URL: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`,
    NOTIFICATION_SECRET: SECRET,
    BACKGROUND_WORK: 'off',
    CONFIRM_WAIT_MS: '0',
    IN_DOUBT_AFTER_MS: '60000',
  };
}

/** A server on a clock that the test moves. */
async function start(urls: Parameters<typeof settings>[0], clock: TestClock) {
  const server = await startTestServer(settings(urls), clock);
  const scans = happyKaspi({ confirmUntil: null });
  const drain = () => server.app.get(Outbox).drainOnce();
  const operator = async (method: string, path: string, body?: object) => {
    const token = await server.mpp.teamToken('operations', 'accounting', 'admin');
    const answer = await server.mpp.call(method, `/ops/v1/${path}`, { token, ...(body && { body }) });
    expect({ path, status: answer.status }).toEqual({ path, status: answer.status < 300 ? answer.status : 200 });
    return answer.body as Record<string, never> & { items: Record<string, string>[] };
  };
  let purchases = 0;
  /** Somebody with 1000.00 who has scanned a purchase of 100.00. */
  const scanned = async (kind = 'dynamic') => {
    const alia = await server.mpp.customer();
    const qrCode = `${kind}-${clock.now().getTime()}-${++purchases}`;
    const { id } = (await alia.scan(qrCode)).body.payment;
    return { alia, id, purchase: { paymentId: `ps-${qrCode}`, customerId: alia.id } };
  };
  const paid = async () => {
    kaspi.script = scans;
    const payment = await scanned();
    await payment.alia.confirm(payment.id);
    await drain();
    expect((await payment.alia.payment(payment.id)).body.status).toBe('CONFIRMED');
    return payment;
  };
  return { server, scans, drain, operator, scanned, paid };
}

type Life = Awaited<ReturnType<typeof start>>;

const statusOf = async ({ alia, id }: Awaited<ReturnType<Life['scanned']>>) => (await alia.payment(id)).body.status;

async function expectBooks({ server }: Life): Promise<void> {
  expect(await server.mpp.trialBalance()).toMatchObject({ balanced: true });
}

describe('a server whose role owns nothing', () => {
  const clock = new TestClock(new Date('2026-03-30T06:00:00Z'));
  let two: TwoRoles;
  let life: Life;

  beforeAll(async () => {
    two = await createTwoRoles();
    life = await start({ DATABASE_URL: two.serverUrl, DATABASE_MIGRATION_URL: two.ownerUrl }, clock);
  });

  afterAll(async () => {
    await life.server.stop();
    await two.drop();
  });

  afterEach(() => expectBooks(life));

  it('is ready, and everything belongs to the other one', async () => {
    expect(await life.server.mpp.call('GET', '/health/ready')).toMatchObject({ status: 200 });
    const owners = await two.query<{ owner: string }>(
      `select distinct pg_get_userbyid(relowner) as owner from pg_class where relnamespace = 'public'::regnamespace
       union select pg_get_userbyid(proowner) from pg_proc where pronamespace = 'public'::regnamespace`,
    );
    expect(owners).toEqual([{ owner: two.owner }]);
  });

  it('takes a payment from scan to receipt, and tells the gateway', async () => {
    const { alia, id } = await life.paid();
    expect(await alia.balance()).toBe('900.00');
    expect((await alia.receipt(id)).status).toBe(200);
    await life.drain();
    expect(told).toContain('payment.confirmed');
  });

  it('prices a form, and takes an amount', async () => {
    kaspi.script = life.scans;
    const custom = await life.scanned('custom');
    expect((await custom.alia.checkout(custom.id, FILLED)).body).toMatchObject({ amount: '100.00' });
    const entered = await life.scanned('static');
    await entered.alia.confirm(entered.id, { amount: '250.00' });
    await life.drain();
    expect(await entered.alia.balance()).toBe('750.00');
  });

  it('gives back what Kaspi refuses', async () => {
    kaspi.script = inTurn('notifyPayment', [refusal('RISK_REJECT')], life.scans);
    const payment = await life.scanned();
    await payment.alia.confirm(payment.id);
    await life.drain();
    expect([await statusOf(payment), await payment.alia.balance()]).toEqual(['REVERSED', '1000.00']);
  });

  it('cancels, and lets expire', async () => {
    kaspi.script = life.scans;
    const cancelled = await life.scanned();
    expect((await cancelled.alia.cancel(cancelled.id)).body.status).toBe('CANCELLED');
    const expired = await life.scanned();
    clock.advance(900_001);
    await life.server.app.get(Expiry).expireDue();
    expect(await statusOf(expired)).toBe('EXPIRED');
  });

  it('credits a refund', async () => {
    const { alia, purchase } = await life.paid();
    const ps = new PsRefunds(`${life.server.kaspiUrl}/refund`);
    expect((await ps.refund({ ...purchase, refundId: 'Part1', refundAmount: '40.00' })).result).toEqual(ACCEPTED);
    await life.drain();
    expect(await alia.balance()).toBe('940.00');
    expect((await life.operator('GET', 'refunds/Part1')).status).toBe('CREDITED');
    expect(await ps.send('no JSON')).toMatchObject({ result: { resultCode: 'PARAM_ILLEGAL' } });
  });

  it('owes a refund that no account takes, and pays it out when one is opened', async () => {
    const { alia, purchase } = await life.paid();
    await two.query(`update ledger_accounts set status = 'CLOSED' where id = $1`, [alia.account]);
    const ps = new PsRefunds(`${life.server.kaspiUrl}/refund`);
    expect((await ps.refund({ ...purchase, refundId: 'Owed1' })).result).toEqual(ACCEPTED);
    await life.drain();
    expect((await life.operator('GET', 'refunds/Owed1')).status).toBe('SUSPENDED');
    await life.server.mpp.open(alia.id, '0.00');
    await life.operator('POST', 'refunds/Owed1/retry');
    await life.drain();
    expect((await life.operator('GET', 'refunds/Owed1')).status).toBe('CREDITED');
    expect((await life.operator('GET', 'alerts')).items.map(({ kind }) => kind)).toContain('REFUND_IN_SUSPENSE');
  });

  it('lets operators settle what is in doubt, which is on record, and keeps what Kaspi says to the contrary', async () => {
    kaspi.script = inTurn('notifyPayment', ['reset', 'reset', refusal('RISK_REJECT')], life.scans);
    const payment = await life.scanned();
    await payment.alia.confirm(payment.id);
    await life.drain();
    clock.advance(60_000);
    await life.drain();
    expect(await statusOf(payment)).toBe('IN_DOUBT');
    expect((await life.server.mpp.resolve(payment.id, 'CONFIRMED')).status).toBe(200);
    clock.advance(60_000);
    await life.drain();
    const found = (await life.operator('GET', 'payments?contradicted=true')).items;
    expect(found.map(({ id }) => id)).toEqual([payment.id]);
    expect((await life.operator('GET', 'audit')).items.length).toBeGreaterThan(0);
    expect((await life.operator('GET', 'alerts')).items.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['PAYMENT_IN_DOUBT', 'PAYMENT_CONTRADICTED']),
    );
  });

  it('has a message that is done delivered again, and a notification resent', async () => {
    const { id } = await life.paid();
    await life.drain();
    const [notification] = (await life.operator('GET', `notifications?subject=${id}`)).items;
    const before = told.length;
    await life.operator('POST', `notifications/${notification?.id}/resend`);
    await life.drain();
    expect(told.length).toBe(before + 1);
    const cancelled = await life.scanned();
    await cancelled.alia.cancel(cancelled.id);
    await life.drain();
    const [message] = await two.query<{ id: string }>('select id from outbox_done where key = $1', [cancelled.id]);
    await life.operator('POST', `outbox/${message?.id}/retry`);
    await life.drain();
    expect(kaspi.of('notifyPayment').filter(({ body }) => body.includes(cancelled.id))).toHaveLength(2);
  });

  it('shows its metrics, its accounts and how it sees Kaspi', async () => {
    const metrics = await fetch(`${life.server.publicUrl}/metrics`);
    expect(await metrics.text()).toMatch(/^mpp_alerts_raised\{kind="REFUND_IN_SUSPENSE"\} 1$/m);
    for (const path of [
      'ledger/accounts',
      'outbox',
      'kaspi-health',
      'refund-scans',
      'payments',
      'notifications',
      'refunds',
    ]) {
      await life.operator('GET', path);
    }
  });

  it('has written into the months that it made itself, and makes the next one at another start, without the owner', async () => {
    const months = async () =>
      (
        await two.query<{ name: string }>(
          `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'kaspi_calls'::regclass order by 1`,
        )
      ).map(({ name }) => name.replace('kaspi_calls_', ''));
    expect(await months()).toEqual(['2026_03', '2026_04', '2026_05', 'default']);
    expect(await two.query('select 1 from kaspi_calls_default')).toEqual([]);
    clock.advance(5 * DAY);
    const env = { ...settings({ DATABASE_URL: two.serverUrl }), MIGRATE_ON_START: 'off' };
    const later = await startTestServer(env, clock);
    await later.stop();
    expect(await months()).toEqual(['2026_03', '2026_04', '2026_05', '2026_06', 'default']);
    await life.paid();
    const written = await two.query<{ calls: number }>('select count(*)::int as calls from kaspi_calls_2026_04');
    expect(written[0]?.calls).toBeGreaterThan(1);
  });
});

describe('an installation of one role', () => {
  let two: TwoRoles;
  let running: TestServer | null = null;

  beforeAll(async () => {
    two = await createTwoRoles();
  });

  afterEach(async () => {
    await running?.stop();
    running = null;
  });

  afterAll(() => two.drop());

  const BALANCES = 'select customer_id, balance from ledger_accounts where customer_id is not null order by 1';

  async function paysAs(urls: Parameters<typeof start>[0], at: string): Promise<void> {
    const life = await start(urls, new TestClock(new Date(at)));
    running = life.server;
    const { alia } = await life.paid();
    expect(await alia.balance()).toBe('900.00');
    await expectBooks(life);
  }

  it('of one role is moved to two, and pays on', async () => {
    await migrate({ DATABASE_URL: two.ownerUrl });
    await two.query(`
      insert into ledger_accounts (id, kind, customer_id, name, balance, created_at)
        values ('019a0000-0000-7000-8000-0000000000aa', 'CUSTOMER', 'old', 'n', 0, '2026-01-01Z');
      select ledger_post('DEPOSIT', 'r', '00000000-0000-7000-8000-000000000001', '019a0000-0000-7000-8000-0000000000aa', 5000, '2026-01-01Z');
      select platform_prepare_months(name, '2026-01-01Z') from platform_monthly_tables`);
    await paysAs({ DATABASE_URL: two.serverUrl, DATABASE_MIGRATION_URL: two.ownerUrl }, '2026-03-10T06:00:00Z');
    expect(await two.query(BALANCES)).toContainEqual({ customer_id: 'old', balance: '5000' });
  });

  it('goes back to one: the owner alone pays on, and the other role can be dropped', async () => {
    await paysAs({ DATABASE_URL: two.ownerUrl }, '2026-04-10T06:00:00Z');
    await two.query(`drop owned by ${two.server}`);
    expect(await two.query('select 1 from pg_shdepend where refobjid = to_regrole($1)', [two.server])).toEqual([]);
  });

  it('of this version is moved to two, though no migration is pending', async () => {
    const urls = { DATABASE_URL: two.serverUrl, DATABASE_MIGRATION_URL: two.ownerUrl };
    await two.query(`grant connect on database ${new URL(two.ownerUrl).pathname.slice(1)} to ${two.server}`);
    expect(await migrate(urls)).toEqual([]);
    await paysAs(urls, '2026-05-10T06:00:00Z');
    expect(await two.query(BALANCES)).toHaveLength(4);
  });
});
