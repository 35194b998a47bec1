import { afterAll, beforeAll, beforeEach, expect } from '@jest/globals';
import { coreClientOf } from './core-client.js';
import { CUSTOMER } from './simulator-client.js';
import { TestSimulator } from './test-simulator.js';

/** The bank's core of a simulator for one test file; each test has a new account with 1000.00. */
export function useTestCore() {
  const simulator = new TestSimulator();
  const client = coreClientOf(() => simulator.running.core.url);
  const admin = () => simulator.running.core;
  const open = (order: object = {}) =>
    admin().openAccount({ customerId: CUSTOMER, name: 'Основной счёт', balance: '1000.00', ...order }).id;
  let [account, operations] = ['', 0];

  beforeAll(() => simulator.start());
  afterAll(() => simulator.end());
  beforeEach(() => {
    account = open();
  });

  return {
    simulator,
    client,
    admin,
    open,
    account: () => account,
    balance: () =>
      admin()
        .accounts()
        .find(({ id }) => id === account)?.balance,
    newOperationId: () => `op-${++operations}`,
  };
}

export const done = (operationId: string) => ({
  status: 200,
  body: { operationId, outcome: 'DONE', coreReference: expect.stringMatching(/^CORE\d{9}$/) },
});

export const refused = (operationId: string, reason: string) => ({
  status: 200,
  body: { operationId, outcome: 'REFUSED', reason, message: expect.stringMatching(/./) },
});

export const problem = (status: number, detail: string) => ({
  status,
  type: expect.stringContaining('application/problem+json'),
  body: { type: 'about:blank', title: expect.any(String), status, detail: expect.stringContaining(detail) },
});
