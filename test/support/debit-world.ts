import { afterAll, afterEach, beforeAll, expect, jest } from '@jest/globals';
import { CoreWorld } from './core-world.js';
import type { TestServer } from './mpp.js';

/** Two servers with a bank’s core for the tests of debits: registers the hooks of their life. */
export function debitWorld(env: Record<string, string> = {}) {
  const context = {} as {
    world: CoreWorld;
    other: TestServer;
  };

  beforeAll(async () => {
    context.world = await CoreWorld.start(env);
    context.other = await context.world.startServer(env);
  });

  afterAll(() => context.world.stop());

  afterEach(() => {
    jest.restoreAllMocks();
    context.world.reset();
  });

  /** Paid, and confirmed by the PS. */
  async function expectPaid(id: string, account: string): Promise<void> {
    expect(await context.world.status(id)).toBe('CONFIRMED');
    expect(await context.world.journal(id)).toEqual(['PAYMENT', 'SETTLEMENT']);
    expect(context.world.notifyResults(id)).toEqual(['SUCCESS']);
    expect(context.world.core.change(account)).toBe(-10_000n);
  }

  /** The customer has the whole amount, and the PS knows that there was no purchase. */
  async function expectGivenBack(id: string, account: string, journal: string[]): Promise<void> {
    expect(await context.world.row(id)).toMatchObject({
      status: 'REVERSED',
      failure_code: 'DEBITED_TOO_LATE',
      settled_by: 'DEADLINE',
    });
    expect(await context.world.journal(id)).toEqual(journal);
    expect(context.world.notifyResults(id)).toEqual(['PROCESS_FAIL']);
    expect(context.world.core.change(account)).toBe(0n);
  }

  return { context, expectPaid, expectGivenBack };
}
