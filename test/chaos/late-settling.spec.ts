import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { happyKaspi, KaspiPeer, type Reply, refusal } from '../support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const ALIA = '900900000001';
const LEASE_MS = 7001;
const EAGER = { CONFIRM_WAIT_MS: '50', OUTBOX_POLL_MS: '30', NOTIFY_RETRY_BASE_MS: '1', NOTIFY_RETRY_MAX_MS: '1' };

/**
 * Answers that cannot be stored in time: a lock blocks the settling of one payment, and so of all that finish after it, until
 * their leases are over and the attempts are repeated.
 */
describe('while answers wait to be stored', () => {
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let server: TestServer;
  let locker: pg.Client;
  const clock = new TestClock(new Date());

  beforeEach(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start();
    server = await startTestServer({ DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url, ...EAGER }, clock);
    await server.mpp.open(ALIA, '1000.00');
    locker = await database.connect();
  });

  afterEach(async () => {
    await locker.end();
    await server.stop();
    await kaspi.close();
    await database.drop();
  });

  const scan = async (purchase: string) => (await (await server.mpp.as(ALIA)).scan(purchase)).body.payment.id;
  const confirm = async (id: string) => (await server.mpp.as(ALIA)).confirm(id);
  const notifyCount = (id: string) => kaspi.of('notifyPayment').filter(({ body }) => body.includes(id)).length;
  const statusOf = async (id: string) =>
    (await database.query<{ status: string }>('select status from qr_payments where id = $1', [id]))[0]?.status;
  const purposes = async (id: string) =>
    (
      await database.query<{ purpose: string }>('select purpose from ledger_entries where reference = $1 order by id', [
        id,
      ])
    ).map(({ purpose }) => purpose);

  /** The PS's replies to the notifies of one payment, one after the other; everything else gets SUCCESS. */
  function planNotifies(id: string, ...replies: Reply[]): void {
    const happy = happyKaspi();
    kaspi.script = (request, index) =>
      request.path.endsWith('/notifyPayment') && request.body.includes(id)
        ? (replies[notifyCount(id) - 1] ?? happy(request, index))
        : happy(request, index);
  }

  const waiting = async () =>
    (
      await database.query(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
         and query like '%qr_payments%for update%'`,
      )
    ).length;

  /** Confirms a payment whose answer cannot be stored until the lock is released. */
  async function blockSettling(stuck: string): Promise<void> {
    let locked = false;
    const scripted = kaspi.script;
    kaspi.script = async (request, index) => {
      if (request.body.includes(stuck))
        await until(
          'the lock',
          () => locked,
          (is) => is,
        );
      return scripted(request, index);
    };
    const confirmed = confirm(stuck);
    await until(
      'debited',
      () => statusOf(stuck),
      (status) => status === 'PROCESSING',
    );
    await locker.query('begin');
    await locker.query('select 1 from qr_payments where id = $1 for update', [stuck]);
    locked = true;
    await confirmed;
    await until('the settling waits', waiting, (count) => count === 1);
  }

  it('a refusal that is stored after the SUCCESS of a later attempt reverses nothing (R36)', async () => {
    const [stuck, id] = [await scan('stuck'), await scan('refused-then-fine')];
    planNotifies(id, refusal('PAYMENTS_SUSPENDED'));
    await blockSettling(stuck);

    await confirm(id);
    clock.advance(LEASE_MS);
    await until(
      'the second attempt',
      () => notifyCount(id),
      (count) => count >= 2,
    );
    await locker.query('rollback');
    await until(
      'an end',
      () => statusOf(id),
      (status) => status === 'CONFIRMED' || status === 'REVERSED',
    );
    expect(await statusOf(id)).toBe('CONFIRMED');
    expect(await purposes(id)).toEqual(['PAYMENT', 'SETTLEMENT']);
    expect(await (await server.mpp.as(ALIA)).balance()).toBe('800.00');
  });

  it('no answer and then SUCCESS, both stored long after the debit: the payment is CONFIRMED, not IN_DOUBT (R12)', async () => {
    const [stuck, id] = [await scan('stuck'), await scan('silent-then-fine')];
    planNotifies(id, 'reset', 'reset');
    await confirm(id);
    await blockSettling(stuck);

    clock.advance(16 * 60_000);
    await until(
      'the second attempt',
      () => notifyCount(id),
      (count) => count >= 2,
    );
    clock.advance(LEASE_MS);
    await until(
      'the third attempt',
      () => notifyCount(id),
      (count) => count >= 3,
    );
    await locker.query('rollback');
    await until(
      'delivered',
      () => database.query('select 1 from outbox_messages where key = $1', [id]),
      (rows) => rows.length === 0,
    );
    expect(await statusOf(id)).toBe('CONFIRMED');
    expect(await purposes(id)).toEqual(['PAYMENT', 'SETTLEMENT']);
  });
});
