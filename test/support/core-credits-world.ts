import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { refuses } from './core-peer.js';
import { CoreRefunds } from './core-refunds.js';
import { CoreWorld } from './core-world.js';
import type { TestServer } from './mpp.js';

export const CLOSED = refuses('ACCOUNT_CLOSED');

/** Two servers with a bank’s core for the tests of credits: registers the hooks of their life. */
export function coreCreditsWorld() {
  const context = {} as {
    world: CoreWorld;
    other: TestServer;
    refunds: CoreRefunds;
  };

  let people = 0;
  beforeAll(async () => {
    context.world = await CoreWorld.start();
    context.other = await context.world.startServer();
    context.refunds = new CoreRefunds(context.world);
  });

  afterAll(() => context.world.stop());

  afterEach(() => context.world.reset());

  /** Accounts of a new customer. */
  const accounts = (count: number) => {
    const owner = ++people;
    return Array.from({ length: count }, (_, index) => `R${owner}-${index + 1}`) as [string, ...string[]];
  };

  const change = (...of: string[]) => of.map((account) => context.world.core.change(account));

  return { context, accounts, change };
}
