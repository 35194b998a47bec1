import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { CoreFixture, type Customer } from './core-fixture.js';
import { type CorePlan, refuses } from './core-peer.js';
import { refusal } from './kaspi-peer.js';
import type { TestServer } from './mpp.js';
import { SECRET } from './notifications-fixture.js';

export const CLOSED = refuses('ACCOUNT_CLOSED');

/** A payment whose debit at the core is due back. */
export interface Reversing {
  readonly alia: Customer;
  readonly id: string;
  /** Our ids of the accounts. */
  readonly ours: readonly string[];
}

// Nothing answers there: the notifications that the test reads stay in the database.
export const GATEWAY = { NOTIFICATION_URL: 'http://127.0.0.1:9/events', NOTIFICATION_SECRET: SECRET };

/** Two servers with a bank's core and a gateway for the tests of reversals: registers the hooks that start and stop them. */
export function coreReversalsFixture() {
  const context = {} as { fixture: CoreFixture; other: TestServer };
  let operator: string;
  let people = 0;

  beforeAll(async () => {
    context.fixture = await CoreFixture.start(GATEWAY);
    context.other = await context.fixture.startServer(GATEWAY);
    operator = await context.fixture.server.mpp.teamToken('operations');
  });

  afterAll(() => context.fixture.stop());

  afterEach(() => context.fixture.reset());

  /** Accounts of a new customer. */
  const accounts = (count: number) => {
    const owner = ++people;
    return Array.from({ length: count }, (_, index) => `V${owner}-${index + 1}`) as [string, ...string[]];
  };

  /** The core debited 100.00 from the first account, and the PS refuses; the core answers the reversals as planned. */
  async function reversing(names: readonly string[], ...plans: CorePlan[]): Promise<Reversing> {
    const { fixture } = context;
    const alia = await fixture.customer();
    fixture.core.has(alia.id, ...names.map((id, index) => ({ id, preferred: index === 0 })));
    const ours = (await alia.accounts()).body.items.map(({ id }) => id);
    fixture.core.plan('reversal', ...plans);
    const id = await fixture.scanned(alia);
    fixture.kaspi.script = () => refusal('RISK_REJECT');
    await alia.confirm(id);
    return { alia, id, ours };
  }

  /** As {@link reversing}, until nothing is under way. */
  async function refusedAt(names: readonly string[], ...plans: CorePlan[]): Promise<Reversing> {
    const reversal = await reversing(names, ...plans);
    await context.fixture.quiet();
    return reversal;
  }

  const change = (...of: string[]) => of.map((account) => context.fixture.core.change(account));

  /** The reversals requested at the core, in order, with their states. */
  async function reversals(id: string): Promise<string[]> {
    const rows = await context.fixture.database.query(
      `select core_account, state from core_operations where subject = $1 and kind = 'REVERSAL' order by requested_at, kind, ordinal`,
      [id],
    );
    return rows.map(({ core_account, state }) => `${core_account} ${state}`);
  }

  async function row(id: string): Promise<Record<string, unknown> | undefined> {
    const [found] = await context.fixture.database.query('select * from qr_payment_reversals where payment_id = $1', [
      id,
    ]);
    return found;
  }

  /** The types of the notifications about the payment, in order. */
  async function told(id: string): Promise<string[]> {
    const rows = await context.fixture.database.query(
      'select type from notifications where subject = $1 order by created_at',
      [id],
    );
    return rows.map(({ type }) => type as string);
  }

  const redirect = (id: string, accountId: string, server = context.fixture.server) =>
    server.mpp.call<{ code?: string; status?: string }>('POST', `/ops/v1/payments/${id}/redirect`, {
      token: operator,
      body: { accountId, reason: 'case 4712' },
    });

  return { context, accounts, reversing, refusedAt, change, reversals, row, told, redirect };
}
