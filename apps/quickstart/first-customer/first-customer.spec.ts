import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningSimulator, startSimulator } from '../../kaspi-simulator/start.js';
import { ensureFirstCustomerInCore, FIRST_CUSTOMER } from './first-customer.js';

describe('The first customer in the simulated core', () => {
  let simulator: RunningSimulator;
  beforeAll(async () => {
    simulator = await startSimulator({ port: 0, storeFile: null, refundUrl: 'http://127.0.0.1:9/refund' });
  });
  afterAll(() => simulator.stop());

  it('has one account after repeated starts, and keeps its balance', () => {
    const { core } = simulator;
    const first = ensureFirstCustomerInCore(core);
    expect(first).toMatchObject({ name: 'Основной счёт', balance: '100000.00', preferred: true });
    core.changeAccount(first.id, { balance: '98500.00' });
    expect(ensureFirstCustomerInCore(core)).toEqual({ ...first, balance: '98500.00' });
    expect(core.accounts(FIRST_CUSTOMER.id)).toHaveLength(1);
  });
});
