import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { happyKaspi, KaspiPeer, type Script } from '../support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { TestClock } from '../support/test-clock.js';

const MINUTE = 60_000;
const AWAY_AFTER = 3;
const PROBE_EVERY_MS = 10_000;
const AWAY = { status: 503, body: { code: 'KASPI_UNAVAILABLE' } };

describe('while Kaspi Pay does not answer', () => {
  const clock = new TestClock();
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let server: TestServer;

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start();
    server = await startTestServer(
      {
        DATABASE_URL: database.url,
        KASPI_BASE_URL: kaspi.url,
        BACKGROUND_WORK: 'off',
        CONFIRM_WAIT_MS: '0',
        KASPI_AWAY_AFTER: String(AWAY_AFTER),
        KASPI_PROBE_EVERY_MS: String(PROBE_EVERY_MS),
      },
      clock,
    );
  });

  afterAll(async () => {
    await server.stop();
    await kaspi.close();
    await database.drop();
  });

  const happy = () => happyKaspi({ confirmUntil: new Date(clock.now().getTime() + 60 * MINUTE).toISOString() });
  /** Scans are answered; notifies are not. */
  const silentToNotifies = (): Script => {
    const otherwise = happy();
    return (request, index) => (request.path.endsWith('/notifyPayment') ? 'reset' : otherwise(request, index));
  };

  const rest = () => server.app.get(Outbox).drainOnce();

  /** As many customers with 1000.00 and a scanned payment of 100.00. */
  async function waiting(count: number) {
    return Promise.all(
      Array.from({ length: count }, async () => {
        const who = await server.mpp.customer();
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
    const token = await server.mpp.teamToken('support');
    return (await server.mpp.call<{ state: string }>('GET', '/ops/v1/kaspi-health', { token })).body;
  }

  /** Confirms until it is away; every one of them was debited and waits. */
  async function fallSilent(): Promise<void> {
    kaspi.script = silentToNotifies();
    for (const { confirm } of await waiting(AWAY_AFTER)) {
      expect((await confirm()).status).toBe(202);
      await rest();
    }
    expect(await health()).toMatchObject({ state: 'AWAY' });
  }

  beforeEach(async () => {
    // Whatever the test before left waiting is told, and Kaspi is there again.
    kaspi.script = happy();
    clock.advance(MINUTE);
    await rest();
    kaspi.arrived.length = 0;
    expect(await health()).toMatchObject({ state: 'UP' });
  });

  it('a new confirm is refused before the debit, and works when Kaspi is back', async () => {
    await fallSilent();
    const [alia] = await waiting(1);
    expect(await alia?.confirm()).toMatchObject(AWAY);
    expect(await alia?.status()).toBe('AWAITING_CONFIRMATION');
    expect(await alia?.balance()).toBe('1000.00');
    kaspi.script = happy();
    clock.advance(MINUTE);
    await rest();
    await alia?.confirm();
    await rest();
    expect(await alia?.status()).toBe('CONFIRMED');
  });

  it('scans are still asked: they are answered, and yet nobody is debited', async () => {
    await fallSilent();
    const more = await waiting(3);
    for (const { confirm } of more) expect(await confirm()).toMatchObject(AWAY);
  });

  it('a confirm of what was debited before is shown as ever, and going back, too little money and too late are as ever', async () => {
    kaspi.script = silentToNotifies();
    const debited = await waiting(AWAY_AFTER);
    for (const { confirm } of debited) {
      await confirm();
      await rest();
    }
    expect(await debited[0]?.confirm()).toMatchObject({ status: 202, body: { status: 'PROCESSING' } });
    await server.mpp.open('poor', '1.00');
    const poor = await server.mpp.as('poor');
    const { id } = (await poor.scan('away-poor')).body.payment;
    expect((await poor.confirm(id)).body).toMatchObject({ status: 'DECLINED' });
    const { id: left } = (await poor.scan('away-left')).body.payment;
    expect((await poor.cancel(left)).body).toMatchObject({ status: 'CANCELLED' });
  });

  it('one confirm is let through now and then: where it is not answered, the next has to wait again', async () => {
    await fallSilent();
    const [first, second, third, fourth] = await waiting(4);
    expect(await first?.confirm()).toMatchObject(AWAY);
    clock.advance(PROBE_EVERY_MS);
    expect((await first?.confirm())?.status).toBe(202);
    await rest();
    expect(await second?.confirm()).toMatchObject(AWAY);
    clock.advance(PROBE_EVERY_MS - 1);
    expect(await third?.confirm()).toMatchObject(AWAY);
    clock.advance(1);
    kaspi.script = happy();
    await third?.confirm();
    await rest();
    expect(await health()).toMatchObject({ state: 'UP' });
    await fourth?.confirm();
    await rest();
    for (const who of [third, fourth]) expect(await who?.status()).toBe('CONFIRMED');
  });

  it('the notifies of debited payments go on, and the first answer ends it', async () => {
    await fallSilent();
    const before = kaspi.of('notifyPayment').length;
    clock.advance(MINUTE);
    await rest();
    expect(kaspi.of('notifyPayment')).toHaveLength(before + AWAY_AFTER);
    expect(await health()).toMatchObject({ state: 'AWAY' });
    kaspi.script = happy();
    clock.advance(MINUTE);
    await rest();
    expect(await health()).toMatchObject({ state: 'UP' });
    const debits = await database.query(`select 1 from qr_payments where status = 'PROCESSING'`);
    expect(debits).toEqual([]);
  });

  it('the process stays ready: another one would fare no better', async () => {
    await fallSilent();
    expect(await server.mpp.call('GET', '/health/ready')).toMatchObject({ status: 200 });
    const metrics = await fetch(`${server.publicUrl}/metrics`);
    expect(await metrics.text()).toMatch(/^mpp_kaspi_away 1$/m);
  });

  it('scans without an answer count as well, and the next one that is answered ends it', async () => {
    const [alia] = await waiting(1);
    await kaspi.close();
    for (let scan = 0; scan < 2; scan++)
      expect(await alia?.scan('nobody-there')).toMatchObject({ status: 503, body: { code: 'KASPI_NO_ANSWER' } });
    await kaspi.open();
    expect(await alia?.confirm()).toMatchObject(AWAY);
    await alia?.scan('somebody-there');
    await alia?.confirm();
    await rest();
    expect(await alia?.status()).toBe('CONFIRMED');
  });
});
