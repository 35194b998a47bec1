import { afterAll, afterEach, beforeAll, expect, jest } from '@jest/globals';
import { CoreFixture } from './core-fixture.js';
import type { TestServer } from './mpp.js';

/** Two servers with a bank’s core for the tests of debits: registers the hooks that start and stop them. */
export function debitFixture(env: Record<string, string> = {}) {
  const context = {} as {
    fixture: CoreFixture;
    other: TestServer;
  };

  beforeAll(async () => {
    context.fixture = await CoreFixture.start(env);
    context.other = await context.fixture.startServer(env);
  });

  afterAll(() => context.fixture.stop());

  afterEach(() => {
    jest.restoreAllMocks();
    context.fixture.reset();
  });

  /** Paid, and confirmed by the PS. */
  async function expectPaid(id: string, account: string): Promise<void> {
    expect(await context.fixture.status(id)).toBe('CONFIRMED');
    expect(await context.fixture.journal(id)).toEqual(['PAYMENT', 'SETTLEMENT']);
    expect(context.fixture.notifyResults(id)).toEqual(['SUCCESS']);
    expect(context.fixture.core.change(account)).toBe(-10_000n);
  }

  /** The customer has the whole amount, and the PS knows that there was no purchase. */
  async function expectGivenBack(id: string, account: string, journal: string[]): Promise<void> {
    expect(await context.fixture.row(id)).toMatchObject({
      status: 'REVERSED',
      failure_code: 'DEBITED_TOO_LATE',
      settled_by: 'DEADLINE',
    });
    expect(await context.fixture.journal(id)).toEqual(journal);
    expect(context.fixture.notifyResults(id)).toEqual(['PROCESS_FAIL']);
    expect(context.fixture.core.change(account)).toBe(0n);
  }

  return { context, expectPaid, expectGivenBack };
}
