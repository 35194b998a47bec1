import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Expiry } from '@mpp/qr-payments';
import { FILLED, inTurn, refusal } from '../support/kaspi-peer.js';
import { startTestServer } from '../support/mpp.js';
import { ACCEPTED, PsRefunds } from '../support/ps-refunds.js';
import { TestClock } from '../support/test-clock.js';
import { createTwoRoles, type TwoRoles } from '../support/two-roles.js';
import { expectBooks, type RoleServer, roleFixture, statusOf } from './role-fixture.js';

const DAY = 86_400_000;

const { fixture, settings, start } = roleFixture();
const notifiedTypes = () => fixture.gateway.received.map(({ body }) => (JSON.parse(body) as { type: string }).type);

describe('a server whose role owns nothing', () => {
  const clock = new TestClock(new Date('2026-03-30T06:00:00Z'));
  let two: TwoRoles;
  let running: RoleServer;

  beforeAll(async () => {
    two = await createTwoRoles();
    running = await start({ DATABASE_URL: two.serverUrl, DATABASE_MIGRATION_URL: two.ownerUrl }, clock);
  });

  afterAll(async () => {
    await running.server.stop();
    await two.drop();
  });

  afterEach(() => expectBooks(running));

  it('is ready, and the owner’s role owns every relation and function', async () => {
    expect(await running.server.mpp.call('GET', '/health/ready')).toMatchObject({ status: 200 });
    const owners = await two.query<{ owner: string }>(
      `select distinct pg_get_userbyid(relowner) as owner from pg_class where relnamespace = 'public'::regnamespace
       union select pg_get_userbyid(proowner) from pg_proc where pronamespace = 'public'::regnamespace`,
    );
    expect(owners).toEqual([{ owner: two.owner }]);
  });

  it('completes a payment from scan to receipt, and notifies the gateway', async () => {
    const { alia, id } = await running.paid();
    expect(await alia.balance()).toBe('900.00');
    expect((await alia.receipt(id)).status).toBe(200);
    await running.drain();
    expect(notifiedTypes()).toContain('payment.confirmed');
  });

  it('prices a service form, and accepts an entered amount', async () => {
    fixture.kaspi.script = running.scans;
    const custom = await running.scanned('custom');
    expect((await custom.alia.checkout(custom.id, FILLED)).body).toMatchObject({ amount: '100.00' });
    const entered = await running.scanned('static');
    await entered.alia.confirm(entered.id, { amount: '250.00' });
    await running.drain();
    expect(await entered.alia.balance()).toBe('750.00');
  });

  it('reverses a payment that the PS refuses', async () => {
    fixture.kaspi.script = inTurn('notifyPayment', [refusal('RISK_REJECT')], running.scans);
    const payment = await running.scanned();
    await payment.alia.confirm(payment.id);
    await running.drain();
    expect([await statusOf(payment), await payment.alia.balance()]).toEqual(['REVERSED', '1000.00']);
  });

  it('cancels and expires payments', async () => {
    fixture.kaspi.script = running.scans;
    const cancelled = await running.scanned();
    expect((await cancelled.alia.cancel(cancelled.id)).body.status).toBe('CANCELLED');
    const expired = await running.scanned();
    clock.advance(900_001);
    await running.server.app.get(Expiry).expireDue();
    expect(await statusOf(expired)).toBe('EXPIRED');
  });

  it('credits a refund', async () => {
    const { alia, purchase } = await running.paid();
    const ps = new PsRefunds(`${running.server.kaspiUrl}/refund`);
    expect((await ps.refund({ ...purchase, refundId: 'Part1', refundAmount: '40.00' })).result).toEqual(ACCEPTED);
    await running.drain();
    expect(await alia.balance()).toBe('940.00');
    expect((await running.operator('GET', 'refunds/Part1')).status).toBe('CREDITED');
    expect(await ps.send('no JSON')).toMatchObject({ result: { resultCode: 'PARAM_ILLEGAL' } });
  });

  it('puts a refund into suspense while the customer has no open account, and credits it when one is opened', async () => {
    const { alia, purchase } = await running.paid();
    await two.query(`update ledger_accounts set status = 'CLOSED' where id = $1`, [alia.account]);
    const ps = new PsRefunds(`${running.server.kaspiUrl}/refund`);
    expect((await ps.refund({ ...purchase, refundId: 'Owed1' })).result).toEqual(ACCEPTED);
    await running.drain();
    expect((await running.operator('GET', 'refunds/Owed1')).status).toBe('SUSPENDED');
    await running.server.mpp.open(alia.id, '0.00');
    await running.operator('POST', 'refunds/Owed1/retry');
    await running.drain();
    expect((await running.operator('GET', 'refunds/Owed1')).status).toBe('CREDITED');
    expect((await running.operator('GET', 'alerts')).items.map(({ kind }) => kind)).toContain('REFUND_IN_SUSPENSE');
  });

  it('lets operators resolve a payment in doubt, with an audit row, and records a contradiction of the PS', async () => {
    fixture.kaspi.script = inTurn('notifyPayment', ['reset', 'reset', refusal('RISK_REJECT')], running.scans);
    const payment = await running.scanned();
    await payment.alia.confirm(payment.id);
    await running.drain();
    clock.advance(60_000);
    await running.drain();
    expect(await statusOf(payment)).toBe('IN_DOUBT');
    expect((await running.server.mpp.resolve(payment.id, 'CONFIRMED')).status).toBe(200);
    clock.advance(60_000);
    await running.drain();
    const found = (await running.operator('GET', 'payments?contradicted=true')).items;
    expect(found.map(({ id }) => id)).toEqual([payment.id]);
    expect((await running.operator('GET', 'audit')).items.length).toBeGreaterThan(0);
    expect((await running.operator('GET', 'alerts')).items.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['PAYMENT_IN_DOUBT', 'PAYMENT_CONTRADICTED']),
    );
  });

  it('delivers a done message again, and resends a notification', async () => {
    const { id } = await running.paid();
    await running.drain();
    const [notification] = (await running.operator('GET', `notifications?subject=${id}`)).items;
    const before = fixture.gateway.received.length;
    await running.operator('POST', `notifications/${notification?.id}/resend`);
    await running.drain();
    expect(fixture.gateway.received.length).toBe(before + 1);
    const cancelled = await running.scanned();
    await cancelled.alia.cancel(cancelled.id);
    await running.drain();
    const [message] = await two.query<{ id: string }>('select id from outbox_done where key = $1', [cancelled.id]);
    await running.operator('POST', `outbox/${message?.id}/retry`);
    await running.drain();
    expect(fixture.kaspi.of('notifyPayment').filter(({ body }) => body.includes(cancelled.id))).toHaveLength(2);
  });

  it('shows its metrics, accounts and the state of the PS', async () => {
    const metrics = await fetch(`${running.server.publicUrl}/metrics`);
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
      await running.operator('GET', path);
    }
  });

  it('writes into the month partitions that it created, and creates the next one at another start, without the owner', async () => {
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
    await running.paid();
    const written = await two.query<{ calls: number }>('select count(*)::int as calls from kaspi_calls_2026_04');
    expect(written[0]?.calls).toBeGreaterThan(1);
  });
});
