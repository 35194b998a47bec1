import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Script } from '../support/kaspi-peer.js';
import { BY_HAND, MINUTE, paymentFixture } from '../support/payment-fixture.js';
import { TestClock } from '../support/test-clock.js';

const AWAY_AFTER = 3;
const PROBE_EVERY_MS = 10_000;
const AWAY = { status: 503, body: { code: 'KASPI_UNAVAILABLE' } };

describe('while Kaspi Pay does not answer', () => {
  const clock = new TestClock();
  const fixture = paymentFixture(
    { ...BY_HAND, KASPI_AWAY_AFTER: String(AWAY_AFTER), KASPI_PROBE_EVERY_MS: String(PROBE_EVERY_MS) },
    clock,
    60 * MINUTE,
  );
  const { happy, deliver } = fixture;

  /** Scans are answered; notifies are not. */
  const silentToNotifies = (): Script => {
    const otherwise = happy();
    return (request, index) => (request.path.endsWith('/notifyPayment') ? 'reset' : otherwise(request, index));
  };

  /** So many customers with 1000.00 and a scanned payment of 100.00. */
  async function waiting(count: number) {
    return Promise.all(
      Array.from({ length: count }, async () => {
        const who = await fixture.server.mpp.customer();
        const payment = (await who.scan(`away-${who.id}`)).body.payment.id;
        return {
          ...who,
          confirm: () => who.confirm(payment),
          status: async () => (await who.payment(payment)).body.status,
        };
      }),
    );
  }

  async function health() {
    const token = await fixture.server.mpp.teamToken('support');
    return (await fixture.server.mpp.call<{ state: string }>('GET', '/ops/v1/kaspi-health', { token })).body;
  }

  /** Confirms payments, which are debited and not answered, until the PS counts as away. */
  async function stopAnswering(): Promise<void> {
    fixture.kaspi.script = silentToNotifies();
    for (const { confirm } of await waiting(AWAY_AFTER)) {
      expect((await confirm()).status).toBe(202);
      await deliver();
    }
    expect(await health()).toMatchObject({ state: 'AWAY' });
  }

  beforeEach(async () => {
    // Messages of the previous test are delivered, and the PS answers again.
    fixture.kaspi.script = happy();
    clock.advance(MINUTE);
    await deliver();
    fixture.kaspi.arrived.length = 0;
    expect(await health()).toMatchObject({ state: 'UP' });
  });

  it('a new confirm is refused before the debit, and works when Kaspi is back', async () => {
    await stopAnswering();
    const [alia] = await waiting(1);
    expect(await alia?.confirm()).toMatchObject(AWAY);
    expect(await alia?.status()).toBe('AWAITING_CONFIRMATION');
    expect(await alia?.balance()).toBe('1000.00');
    fixture.kaspi.script = happy();
    clock.advance(MINUTE);
    await deliver();
    await alia?.confirm();
    await deliver();
    expect(await alia?.status()).toBe('CONFIRMED');
  });

  it('scans are still sent and answered, and confirms are refused without a debit', async () => {
    await stopAnswering();
    const more = await waiting(3);
    for (const { confirm } of more) expect(await confirm()).toMatchObject(AWAY);
  });

  it('a repeated confirm of a debited payment, a cancel and a declined confirm get the usual answers', async () => {
    fixture.kaspi.script = silentToNotifies();
    const debited = await waiting(AWAY_AFTER);
    for (const { confirm } of debited) {
      await confirm();
      await deliver();
    }
    expect(await debited[0]?.confirm()).toMatchObject({ status: 202, body: { status: 'PROCESSING' } });
    await fixture.server.mpp.open('poor', '1.00');
    const poor = await fixture.server.mpp.as('poor');
    const { id } = (await poor.scan('away-poor')).body.payment;
    expect((await poor.confirm(id)).body).toMatchObject({ status: 'DECLINED' });
    const { id: left } = (await poor.scan('away-left')).body.payment;
    expect((await poor.cancel(left)).body).toMatchObject({ status: 'CANCELLED' });
  });

  it('one confirm is let through after each KASPI_PROBE_EVERY_MS: if it is not answered, the next one waits as long again', async () => {
    await stopAnswering();
    const [first, second, third, fourth] = await waiting(4);
    expect(await first?.confirm()).toMatchObject(AWAY);
    clock.advance(PROBE_EVERY_MS);
    expect((await first?.confirm())?.status).toBe(202);
    await deliver();
    expect(await second?.confirm()).toMatchObject(AWAY);
    clock.advance(PROBE_EVERY_MS - 1);
    expect(await third?.confirm()).toMatchObject(AWAY);
    clock.advance(1);
    fixture.kaspi.script = happy();
    await third?.confirm();
    await deliver();
    expect(await health()).toMatchObject({ state: 'UP' });
    await fourth?.confirm();
    await deliver();
    for (const who of [third, fourth]) expect(await who?.status()).toBe('CONFIRMED');
  });

  it('the notifies of debited payments continue, and the first answer ends the state', async () => {
    await stopAnswering();
    const before = fixture.kaspi.of('notifyPayment').length;
    clock.advance(MINUTE);
    await deliver();
    expect(fixture.kaspi.of('notifyPayment')).toHaveLength(before + AWAY_AFTER);
    expect(await health()).toMatchObject({ state: 'AWAY' });
    fixture.kaspi.script = happy();
    clock.advance(MINUTE);
    await deliver();
    expect(await health()).toMatchObject({ state: 'UP' });
    const debits = await fixture.database.query(`select 1 from qr_payments where status = 'PROCESSING'`);
    expect(debits).toEqual([]);
  });

  it('the process stays ready, since another one would not reach the PS either', async () => {
    await stopAnswering();
    expect(await fixture.server.mpp.call('GET', '/health/ready')).toMatchObject({ status: 200 });
    const metrics = await fetch(`${fixture.server.publicUrl}/metrics`);
    expect(await metrics.text()).toMatch(/^mpp_kaspi_away 1$/m);
  });

  it('scans without an answer count too, and the next answered scan ends the state', async () => {
    const [alia] = await waiting(1);
    await fixture.kaspi.close();
    for (let scan = 0; scan < 2; scan++)
      expect(await alia?.scan('not-answered')).toMatchObject({ status: 503, body: { code: 'KASPI_NO_ANSWER' } });
    await fixture.kaspi.open();
    expect(await alia?.confirm()).toMatchObject(AWAY);
    await alia?.scan('answered');
    await alia?.confirm();
    await deliver();
    expect(await alia?.status()).toBe('CONFIRMED');
  });
});
