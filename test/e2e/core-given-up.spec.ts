import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningSimulator, startSimulator } from '../../apps/kaspi-simulator/start.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { until } from '../support/until.js';

const ALIA = '900900000001';
const QUICK = {
  CONFIRM_WAIT_MS: '20000',
  OUTBOX_POLL_MS: '20',
  CORE_BANKING_TIMEOUT_MS: '2000',
  REFUND_RETRY_BASE_MS: '20',
  REFUND_RETRY_MAX_MS: '50',
};

/** The bank's core credited a refund and its answer was lost; then CORE_BANKING_URL is removed. */
describe('a refund that a core may have credited, after CORE_BANKING_URL is removed', () => {
  let database: TestDatabase;
  let simulator: RunningSimulator;
  let server: TestServer;
  let refundId: string;

  beforeAll(async () => {
    database = await createDatabase();
    simulator = await startSimulator({ port: 0, storeFile: null, refundUrl: () => `${server.kaspiUrl}/refund` });
    simulator.core.openAccount({ customerId: ALIA, name: 'Зарплатный', balance: '1000.00' });
    const env = { ...QUICK, DATABASE_URL: database.url, KASPI_BASE_URL: simulator.url };
    server = await startTestServer({ ...env, CORE_BANKING_URL: simulator.core.url });
    const body = JSON.stringify({ type: 'Dynamic', amount: '100.00' });
    const made = await fetch(`${simulator.url}/pos/qr`, { method: 'POST', body });
    const { qrCode, paymentId } = (await made.json()) as { qrCode: string; paymentId: string };
    const alia = await server.mpp.as(ALIA);
    await alia.confirm((await alia.scan(qrCode)).body.payment.id);
    simulator.faults.set({ coreCredit: [{ do: 'lose' }] });
    ({ refundId } = await simulator.refund(paymentId, '30.00'));
    await until('the credit', atCore, (balance) => balance === '930.00');
    await server.stop();
    server = await startTestServer(env);
  });

  afterAll(async () => {
    await server?.stop();
    await simulator?.stop();
    await database?.drop();
  });

  const atCore = () => simulator.core.accounts(ALIA)[0]?.balance;
  const status = async () => (await database.query<{ status: string }>('select status from refunds'))[0]?.status;

  it('is not credited to an account of the own ledger, neither by the server nor by an operator', async () => {
    const account = await server.mpp.open(ALIA, '0.00');
    await until(
      'an attempt',
      () => database.query<{ attempts: number }>(`select attempts from outbox_messages where topic = 'creditRefund'`),
      ([message], attempts = message?.attempts ?? 0) => attempts > 3,
    );
    const token = await server.mpp.teamToken('operations');
    const body = { accountId: account, reason: 'requested by the customer' };
    const answer = await server.mpp.call('POST', `/ops/v1/refunds/${refundId}/redirect`, { token, body });
    expect(answer).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
    expect(await status()).toBe('ACCEPTED');
    expect(await (await server.mpp.as(ALIA)).balance()).toBe('0.00');
    expect(atCore()).toBe('930.00');
  });
});
