import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { CoreFixture } from './core-fixture.js';
import { refuses } from './core-peer.js';
import { CoreRefunds } from './core-refunds.js';
import type { TestServer } from './mpp.js';

export const CLOSED = refuses('ACCOUNT_CLOSED');

/** Two servers with a bank’s core for the tests of credits: registers the hooks that start and stop them. */
export function coreCreditsFixture() {
  const context = {} as {
    fixture: CoreFixture;
    other: TestServer;
    refunds: CoreRefunds;
  };

  let people = 0;
  beforeAll(async () => {
    context.fixture = await CoreFixture.start();
    context.other = await context.fixture.startServer();
    context.refunds = new CoreRefunds(context.fixture);
  });

  afterAll(() => context.fixture.stop());

  afterEach(() => context.fixture.reset());

  /** Accounts of a new customer. */
  const accounts = (count: number) => {
    const owner = ++people;
    return Array.from({ length: count }, (_, index) => `R${owner}-${index + 1}`) as [string, ...string[]];
  };

  const change = (...of: string[]) => of.map((account) => context.fixture.core.change(account));

  return { context, accounts, change };
}
