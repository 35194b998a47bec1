import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { refuses } from './core-peer.js';
import { CoreRefunds } from './core-refunds.js';
import { CoreWorld } from './core-world.js';
import type { TestServer } from './mpp.js';

export const CLOSED = refuses('ACCOUNT_CLOSED');

/** A server with a bank’s core and one without, on one database: registers the hooks of their life. */
export function coreChangesWorld() {
  const context = {} as {
    world: CoreWorld;
    /** A server of the same bank without CORE_BANKING_URL: before it was set or after it was removed. */
    without: TestServer;
    refunds: CoreRefunds;
  };

  let operator: string;
  let people = 0;
  beforeAll(async () => {
    context.world = await CoreWorld.start();
    context.without = await context.world.startServer({ CORE_BANKING_URL: '' });
    context.refunds = new CoreRefunds(context.world);
    operator = await context.world.server.mpp.teamToken('operations');
  });

  afterAll(() => context.world.stop());

  afterEach(async () => {
    context.world.reset();
    // The next test starts without waiting messages.
    await context.world.repeat();
    expect(await context.world.database.query('select topic from outbox_messages')).toEqual([]);
  });

  const accounts = (count: number) => {
    const owner = ++people;
    return Array.from({ length: count }, (_, index) => `C${owner}-${index + 1}`) as [string, ...string[]];
  };

  const change = (...of: string[]) => of.map((account) => context.world.core.change(account));
  const redirect = (refundId: string, accountId: string, server = context.world.server) =>
    server.mpp.call<{ code?: string; status?: string }>('POST', `/ops/v1/refunds/${refundId}/redirect`, {
      token: operator,
      body: { accountId, reason: 'case 4712' },
    });

  return { context, accounts, change, redirect };
}
