import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { CoreFixture } from './core-fixture.js';
import { refuses } from './core-peer.js';
import { CoreRefunds } from './core-refunds.js';
import type { TestServer } from './mpp.js';

export const CLOSED = refuses('ACCOUNT_CLOSED');

/** A server with a bank’s core and one without, on one database: registers the hooks that start and stop them. */
export function coreChangesFixture() {
  const context = {} as {
    fixture: CoreFixture;
    /** A server of the same bank without CORE_BANKING_URL: before it was set or after it was removed. */
    without: TestServer;
    refunds: CoreRefunds;
  };

  let operator: string;
  let people = 0;
  beforeAll(async () => {
    context.fixture = await CoreFixture.start();
    context.without = await context.fixture.startServer({ CORE_BANKING_URL: '' });
    context.refunds = new CoreRefunds(context.fixture);
    operator = await context.fixture.server.mpp.teamToken('operations');
  });

  afterAll(() => context.fixture.stop());

  afterEach(async () => {
    context.fixture.reset();
    // The next test starts without waiting messages.
    await context.fixture.repeat();
    expect(await context.fixture.database.query('select topic from outbox_messages')).toEqual([]);
  });

  const accounts = (count: number) => {
    const owner = ++people;
    return Array.from({ length: count }, (_, index) => `C${owner}-${index + 1}`) as [string, ...string[]];
  };

  const change = (...of: string[]) => of.map((account) => context.fixture.core.change(account));
  const redirect = (refundId: string, accountId: string, server = context.fixture.server) =>
    server.mpp.call<{ code?: string; status?: string }>('POST', `/ops/v1/refunds/${refundId}/redirect`, {
      token: operator,
      body: { accountId, reason: 'case 4712' },
    });

  return { context, accounts, change, redirect };
}
