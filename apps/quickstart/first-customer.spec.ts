import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningSimulator, startSimulator } from '../kaspi-simulator/start.js';
import { ensureFirstCustomerAt, FIRST_CUSTOMER } from './first-customer.js';

describe('The first customer at the stand-in core', () => {
  let simulator: RunningSimulator;
  beforeAll(async () => {
    simulator = await startSimulator({ port: 0, storeFile: null, refundUrl: 'http://127.0.0.1:9/refund' });
  });
  afterAll(() => simulator.stop());

  it('has one account, however often it is seen to, and keeps what became of it', () => {
    const { core } = simulator;
    const first = ensureFirstCustomerAt(core);
    expect(first).toMatchObject({ name: 'Основной счёт', balance: '100000.00', preferred: true });
    core.changeAccount(first.id, { balance: '98500.00' });
    expect(ensureFirstCustomerAt(core)).toEqual({ ...first, balance: '98500.00' });
    expect(core.accounts(FIRST_CUSTOMER.id)).toHaveLength(1);
  });
});
