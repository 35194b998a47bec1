import { afterAll, beforeAll, beforeEach, expect } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { RefundEscalations } from '../../libs/refunds/crediting/refund-escalations.service.js';
import { createDatabase, type TestDatabase } from './database.js';
import { happyKaspi, KaspiPeer } from './kaspi-peer.js';
import { startTestServer, type TestServer } from './mpp.js';
import { ACCEPTED, PsRefunds } from './ps-refunds.js';
import { TestClock } from './test-clock.js';

export const MINUTE = 60_000;
const METRICS_TOKEN = 'metrics-for-the-test';
export const ALL = ['REFUND_HALF_TIME', 'REFUND_SHORT_OF_TIME', 'REFUND_OVERDUE'];

interface Listed extends Record<string, unknown> {
  refundId: string;
  status: string;
  timeLeftMs: number | null;
}

/** A server whose refunds a test keeps from being credited: registers the hooks that start and stop it. */
export function escalationsFixture() {
  const clock = new TestClock();
  const fixture = {} as {
    database: TestDatabase;
    server: TestServer;
    ps: PsRefunds;
  };

  let kaspi: KaspiPeer;
  let purchases = 0;
  beforeAll(async () => {
    fixture.database = await createDatabase();
    kaspi = await KaspiPeer.start(happyKaspi({ confirmUntil: null }));
    const env = {
      DATABASE_URL: fixture.database.url,
      KASPI_BASE_URL: kaspi.url,
      CONFIRM_WAIT_MS: '0',
      BACKGROUND_WORK: 'off',
      REFUND_CONCURRENCY: '1',
      METRICS_TOKEN,
    };
    fixture.server = await startTestServer(env, clock);
    fixture.ps = new PsRefunds(`${fixture.server.kaspiUrl}/refund`);
    await fixture.database.query(`
      create function test_no_credit() returns trigger language plpgsql as
        $$ begin raise exception 'the disk is full'; end $$`);
  });

  afterAll(async () => {
    await fixture.server.stop();
    await kaspi.close();
    await fixture.database.drop();
  });

  beforeEach(async () => {
    await works();
    clock.advance(MINUTE);
    await drain();
  });

  const fails = () =>
    fixture.database.query(
      `create trigger test_no_credit before insert on ledger_entries for each row
         when (new.purpose = 'REFUND') execute function test_no_credit()`,
    );

  const works = () => fixture.database.query('drop trigger if exists test_no_credit on ledger_entries');
  const drain = () => fixture.server.app.get(Outbox).drainOnce();
  const escalateDue = () => fixture.server.app.get(RefundEscalations, { strict: false }).escalateDue();
  /** A customer who had 1000.00 and paid 100.00. */
  async function paid() {
    const alia = await fixture.server.mpp.customer();
    const qrCode = `late-${++purchases}`;
    const { id } = (await alia.scan(qrCode)).body.payment;
    await alia.confirm(id);
    await drain();
    expect((await alia.payment(id)).body.status).toBe('CONFIRMED');
    return { alia, id, purchase: { paymentId: `ps-${qrCode}`, customerId: alia.id } };
  }

  /** The refund is accepted now and every possible attempt is made. */
  async function promised(refundId: string) {
    const bought = await paid();
    expect(await fixture.ps.refund({ ...bought.purchase, refundId })).toMatchObject({ status: 200, result: ACCEPTED });
    await drain();
    return { ...bought, at: clock.now() };
  }

  /** Advances the clock minute by minute and returns the minutes with their alerts. */
  async function alertsUntil(refundId: string, minute: number, since: Date): Promise<[number, string[]][]> {
    const alerts: [number, string[]][] = [];
    let known = await alertsOf(refundId);
    while ((clock.now().getTime() - since.getTime()) / MINUTE < minute) {
      clock.advance(MINUTE);
      await escalateDue();
      await drain();
      const now = await alertsOf(refundId);
      const news = now.slice(known.length);
      if (news.length > 0) alerts.push([(clock.now().getTime() - since.getTime()) / MINUTE, news]);
      known = now;
    }
    return alerts;
  }

  async function alertsOf(refundId: string): Promise<string[]> {
    const rows = await fixture.database.query<{ kind: string }>(
      'select kind from alerts where subject = $1 order by id',
      [refundId],
    );
    return rows.map(({ kind }) => kind);
  }

  async function operator<Body>(path: string) {
    const token = await fixture.server.mpp.teamToken('operations');
    return (await fixture.server.mpp.call<Body>('GET', `/ops/v1/${path}`, { token })).body;
  }

  const listed = async (query: string) => (await operator<{ items: Listed[] }>(`refunds?${query}`)).items;
  const details = (refundId: string) =>
    operator<Listed & { entries: unknown[]; messages: { attempts: number; lastError: string; status: string }[] }>(
      `refunds/${refundId}`,
    );

  async function metric(line: string): Promise<number> {
    const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
    const text = await (await fetch(`${fixture.server.publicUrl}/metrics`, { headers })).text();
    const found = text.split('\n').find((one) => one.startsWith(`${line} `));
    return Number(found?.slice(line.length));
  }

  return {
    fixture,
    clock,
    fails,
    works,
    drain,
    escalateDue,
    paid,
    promised,
    alertsUntil,
    alertsOf,
    listed,
    details,
    metric,
  };
}
