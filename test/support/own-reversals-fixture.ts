import { beforeEach, expect } from '@jest/globals';
import { refusal } from './kaspi-peer.js';
import { SECRET } from './notifications-fixture.js';
import { operatorFixture } from './operator-fixture.js';
import type { Problem } from './problems.js';
import { TestClock } from './test-clock.js';

export const MINUTE = 60_000;

/** A server that keeps the accounts, and payments that the PS refuses after the debit: registers the hooks that start and stop it. */
export function ownReversalsFixture() {
  const clock = new TestClock();
  // Nothing answers there: the notifications that the test reads stay in the database.
  const { fixture, get, post } = operatorFixture(clock, {
    NOTIFICATION_URL: 'http://127.0.0.1:9/events',
    NOTIFICATION_SECRET: SECRET,
  });
  const { journal } = fixture;
  let purchases = 0;

  beforeEach(() => void clock.advance(2 * MINUTE));

  /** Delivers until nothing is due or under way. */
  async function deliver(): Promise<void> {
    for (;;) {
      await fixture.deliver();
      const busy = await fixture.database.query(
        'select 1 from outbox_messages where lease is not null or next_attempt_at <= $1 limit 1',
        [clock.now()],
      );
      if (busy.length === 0) return;
    }
  }

  /** Paid 100.00 of 1000.00, and the PS has not answered. */
  async function paid(balance = '1000.00') {
    const alia = await fixture.customer(balance);
    fixture.reply('notifyPayment', 'reset', refusal('RISK_REJECT'));
    const { id } = (await alia.scan(`own-${++purchases}`)).body.payment;
    expect((await alia.confirm(id)).body.status).toBe('PROCESSING');
    await deliver();
    return { alia, id };
  }

  const change = (account: string, status: string) =>
    fixture.server.mpp.call('PATCH', `/ops/v1/accounts/${account}`, {
      token: fixture.aigerim,
      body: { status, reason: 'order 17' },
    });
  /** The repeated notify is refused. */
  async function refuse(): Promise<void> {
    clock.advance(MINUTE);
    await deliver();
  }
  const creditedKinds = async (id: string) => {
    const rows = await fixture.database.query(
      `select a.kind from ledger_entries e join ledger_accounts a on a.id = e.credit_account_id
       where e.reference = $1 order by e.id`,
      [id],
    );
    return rows.map(({ kind }) => kind);
  };
  const alerts = async (id: string) =>
    (await fixture.database.query('select kind from alerts where subject = $1 order by id', [id])).map(
      ({ kind }) => kind,
    );
  const told = async (id: string) =>
    (await fixture.database.query('select type from notifications where subject = $1', [id])).map(({ type }) => type);
  const statuses = async (id: string) =>
    (
      await fixture.database.query('select status from qr_payment_history where payment_id = $1 order by version', [id])
    ).map(({ status }) => status);
  const reversalOf = async (id: string) =>
    (await get<{ reversal: object | null; messages: { topic: string; status: string }[] }>(`payments/${id}`)).body;
  const redirect = (id: string, accountId: string) =>
    post<Problem & { status: string }>(`payments/${id}/redirect`, { accountId, reason: 'case 4712' });
  const balances = async (alia: { accounts(): Promise<{ body: { items: { balance: string }[] } }> }) =>
    (await alia.accounts()).body.items.map(({ balance }) => balance);

  return {
    ...{
      fixture,
      clock,
      journal,
      deliver,
      paid,
      change,
      refuse,
      creditedKinds,
      alerts,
      told,
      statuses,
      reversalOf,
      redirect,
    },
    balances,
  };
}
