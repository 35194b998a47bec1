import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Reconciliation, RegistryProcessing } from '@mpp/registries';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { happyKaspi, KaspiPeer, refusal } from '../../../test/support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../../../test/support/mpp.js';
import { ACCEPTED, PsRefunds } from '../../../test/support/ps-refunds.js';
import { registryFile } from '../../../test/support/registry-files.js';
import { until } from '../../../test/support/until.js';

interface DiscrepancyBody extends Record<string, unknown> {
  id: string;
  registryId: string | null;
  paymentId: string;
  expected: string | null;
}

interface DayBody extends Record<string, unknown> {
  owed: string;
}

let database: TestDatabase;
let kaspi: KaspiPeer;
let server: TestServer;
/** What the PS answers to a notify; null: nothing. */
let answer: ReturnType<typeof refusal> | 'success' | null = null;

beforeAll(async () => {
  database = await createDatabase();
  kaspi = await KaspiPeer.start();
  server = await startTestServer({
    ...{ DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url, CONFIRM_WAIT_MS: '0', IN_DOUBT_AFTER_MS: '1' },
    ...{ NOTIFY_RETRY_BASE_MS: '50', NOTIFY_RETRY_MAX_MS: '100', REFUND_POLL_MS: '20' },
  });
  const happy = happyKaspi();
  kaspi.script = (request, index) => {
    if (!request.path.endsWith('/notifyPayment') || answer === 'success') return happy(request, index);
    return answer ?? 'reset';
  };
});

afterAll(async () => {
  await server.stop();
  await kaspi.close();
  await database.drop();
});

const ops = async <Body extends Record<string, unknown>>(method: string, path: string, body?: object) => {
  const token = await server.mpp.teamToken('accounting');
  return server.mpp.call<Body>(method, `/ops/v1/${path}`, { token, ...(body && { body }) });
};
/** What we owe Kaspi for all days of the test. */
const owed = async () => {
  const { body } = await ops<{ items: DayBody[] }>('GET', 'settlements');
  return body.items.reduce((sum, day) => sum + Number(day.owed), 0);
};
const balanceOfDifferences = async () => {
  const { balanced, lines } = await server.mpp.trialBalance();
  expect(balanced).toBe(true);
  const line = lines.find(({ account }) => account === 'DIFFERENCES');
  return Number(line?.debit ?? 0) - Number(line?.credit ?? 0);
};
const ps = () => new PsRefunds(`${server.kaspiUrl}/refund`);
let purchases = 0;

/** A payment of 100.00 that an operator settled, and that the PS then contradicts. */
async function contradicted(outcome: 'CONFIRMED' | 'REVERSED', then: NonNullable<typeof answer>) {
  answer = null;
  const alia = await server.mpp.customer('100.00');
  const qrCode = `contradicted-${++purchases}`;
  const { id } = (await alia.scan(qrCode)).body.payment;
  await alia.confirm(id);
  const status = async () => (await alia.payment(id)).body.status;
  await until('the doubt', status, (now) => now === 'IN_DOUBT');
  expect((await server.mpp.resolve(id, outcome)).status).toBe(200);
  answer = then;
  const find = () => database.query('select 1 from qr_payments where id = $1 and contradicted_at is not null', [id]);
  if (outcome === 'CONFIRMED') await until('the contradiction', find, (found) => found.length > 0);
  return { alia, id, purchase: { paymentId: `ps-${qrCode}`, customerId: alia.id } };
}

/** The discrepancy without a registry that a contradiction becomes. */
async function listed(paymentId: string): Promise<DiscrepancyBody> {
  const reconciliation = server.app.get(Reconciliation, { strict: false });
  await reconciliation.recheckDiscrepancies();
  await reconciliation.recheckDiscrepancies();
  const { body } = await ops<{ items: DiscrepancyBody[] }>('GET', 'discrepancies?kind=STATUS_MISMATCH&limit=200');
  const found = body.items.filter((item) => item.paymentId === paymentId && item.registryId === null);
  expect(found).toHaveLength(1);
  return found[0] as DiscrepancyBody;
}

const settle = ({ id }: DiscrepancyBody, action: string, accountId?: string) =>
  ops('POST', `discrepancies/${id}/settle`, { action, reason: 'inquired at Kaspi', ...(accountId && { accountId }) });

describe('A payment that an operator confirmed and Kaspi then refuses', () => {
  it('can be given back; a refund of it afterwards is settled against that, and nothing is credited twice', async () => {
    const before = [await owed(), await balanceOfDifferences()];
    const { alia, id, purchase } = await contradicted('CONFIRMED', refusal('RISK_REJECT'));
    expect(await alia.balance()).toBe('0.00');
    const discrepancy = await listed(id);
    expect(discrepancy).toMatchObject({ expected: 'CONFIRMED', actual: 'RISK_REJECT', status: 'OPEN' });
    expect((await settle(discrepancy, 'TAKE_UP')).status).toBe(409);
    expect((await settle(discrepancy, 'GIVE_BACK')).status).toBe(200);
    expect(await alia.balance()).toBe('100.00');
    expect([await owed(), await balanceOfDifferences()]).toEqual(before);
    expect((await ps().refund({ ...purchase, refundAmount: '100.00' })).result).toEqual(ACCEPTED);
    expect(await alia.balance()).toBe('100.00');
    expect([await owed(), await balanceOfDifferences()]).toEqual(before);
  });

  it('stays debited and owed if Kaspi has it after all', async () => {
    const before = await owed();
    const { alia, id } = await contradicted('CONFIRMED', refusal('RISK_REJECT'));
    expect(await owed()).toBe(before);
    expect((await settle(await listed(id), 'CONFIRM')).status).toBe(200);
    expect([await alia.balance(), await owed()]).toEqual(['0.00', before + 100]);
    expect(await balanceOfDifferences()).toBe(0);
  });

  it('and then refunds is owed, as the refund says, and the refund is credited', async () => {
    const before = await owed();
    const { alia, purchase } = await contradicted('CONFIRMED', refusal('RISK_REJECT'));
    expect((await ps().refund({ ...purchase, refundAmount: '30.00' })).result).toEqual(ACCEPTED);
    await until('the credit', alia.balance, (balance) => balance === '30.00');
    expect(await owed()).toBe(before + 70);
    expect(await balanceOfDifferences()).toBe(0);
  });
});

describe('A registry that does not list a contradicted payment', () => {
  /** Of these payments, the purchases that a registry of today lacks. */
  async function absentIn(...paymentIds: string[]) {
    const other = { at: new Date(), amount: 70_000n, kaspiOperationId: `QR${++purchases}` };
    const { body } = await server.mpp.upload(await registryFile('DAILY', [other]));
    await server.app.get(RegistryProcessing, { strict: false }).drainOnce();
    const path = `registries/${body.id}/discrepancies?kind=MISSING_AT_KASPI&limit=200`;
    const { items } = (await ops<{ items: DiscrepancyBody[] }>('GET', path)).body;
    return items.filter(({ paymentId, expected }) => paymentIds.includes(paymentId) && expected?.startsWith('Покупка'));
  }

  it('differs if the journal has it as owed, whatever the status, and agrees if it is not owed', async () => {
    const refused = await contradicted('CONFIRMED', refusal('RISK_REJECT'));
    const refunded = await contradicted('REVERSED', 'success');
    expect((await ps().refund({ ...refunded.purchase, refundAmount: '30.00' })).result).toEqual(ACCEPTED);
    const absent = await absentIn(refused.id, refunded.id);
    expect(absent.map(({ paymentId }) => paymentId)).toEqual([refunded.id]);
    const before = await owed();
    expect((await settle(absent[0] as DiscrepancyBody, 'GIVE_BACK')).status).toBe(409);
    expect((await settle(absent[0] as DiscrepancyBody, 'BOOK_DIFFERENCE')).status).toBe(200);
    expect([await owed(), await refunded.alia.balance()]).toEqual([before - 100, '100.00']);
  });
});

describe('A payment that was reversed and Kaspi then refunds', () => {
  it('is debited from the customer for what Kaspi keeps, if the operator names the account', async () => {
    const { alia, id, purchase } = await contradicted('REVERSED', 'success');
    expect(await alia.balance()).toBe('100.00');
    const before = [await owed(), await balanceOfDifferences()];
    expect((await ps().refund({ ...purchase, refundAmount: '30.00' })).result).toEqual(ACCEPTED);
    expect((await settle(await listed(id), 'TAKE_UP', alia.account)).status).toBe(200);
    expect(await alia.balance()).toBe('30.00');
    expect([await owed(), await balanceOfDifferences()]).toEqual([(before[0] as number) + 70, before[1]]);
    expect((await ps().refund({ ...purchase, refundAmount: '70.00' })).result).toEqual(ACCEPTED);
    await until('the credit', alia.balance, (balance) => balance === '100.00');
    expect([await owed(), await balanceOfDifferences()]).toEqual(before);
  });

  it('is owed again with the next refund, if its difference was corrected in between', async () => {
    const { alia, id, purchase } = await contradicted('REVERSED', 'success');
    const before = [await owed(), await balanceOfDifferences()];
    expect((await ps().refund({ ...purchase, refundAmount: '30.00' })).result).toEqual(ACCEPTED);
    const [entry] = await database.query<{ id: string }>(
      `select id from ledger_entries where reference = $1 and purpose = 'DIFFERENCE'`,
      [id],
    );
    const reason = 'Kaspi says that there is none';
    const corrected = await ops<{ id: string }>('POST', `ledger/entries/${entry?.id}/correction`, { reason });
    expect(corrected.status).toBe(201);
    expect((await ps().refund({ ...purchase, refundAmount: '70.00' })).result).toEqual(ACCEPTED);
    expect([await alia.balance(), await owed(), await balanceOfDifferences()]).toEqual(['100.00', ...before]);
    // The difference stands once: the correction cannot be corrected any more.
    const back = await ops<{ detail: string }>('POST', `ledger/entries/${corrected.body.id}/correction`, { reason });
    expect(back).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
  });
});
