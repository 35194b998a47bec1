import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { happyKaspi, inTurn, KaspiPeer, refusal } from '../support/kaspi-peer.js';
import { type PaymentBody, startTestServer, type TestServer } from '../support/mpp.js';
import { ACCEPTED, PsRefunds } from '../support/ps-refunds.js';
import { until } from '../support/until.js';

let database: TestDatabase;
let kaspi: KaspiPeer;
let server: TestServer;
let ps: PsRefunds;
let purchases = 0;

beforeAll(async () => {
  database = await createDatabase();
  kaspi = await KaspiPeer.start();
  server = await startTestServer({
    DATABASE_URL: database.url,
    KASPI_BASE_URL: kaspi.url,
    CONFIRM_WAIT_MS: '10000',
    OUTBOX_POLL_MS: '20',
    NOTIFY_RETRY_BASE_MS: '20',
    NOTIFY_RETRY_MAX_MS: '50',
    REFUND_RETRY_BASE_MS: '20',
    REFUND_RETRY_MAX_MS: '50',
    REFUND_POLL_MS: '20',
  });
  ps = new PsRefunds(`${server.kaspiUrl}/refund`);
});

afterAll(async () => {
  await server.stop();
  await kaspi.close();
  await database.drop();
});

beforeEach(() => {
  kaspi.script = happyKaspi();
});

type Customer = Awaited<ReturnType<TestServer['mpp']['customer']>>;

async function scan(alia: Customer) {
  const qrCode = `refundable-${++purchases}`;
  const { id } = (await alia.scan(qrCode)).body.payment;
  return { id, paymentId: `ps-${qrCode}`, customerId: alia.id };
}

/** Somebody who had 1000.00 and has paid 100.00. */
async function paid() {
  const alia = await server.mpp.customer();
  const { id, ...purchase } = await scan(alia);
  expect((await alia.confirm(id)).body.status).toBe('CONFIRMED');
  return { alia, id, purchase };
}

interface RefundBody extends Record<string, unknown> {
  refundId: string;
  status: string;
}

async function refundsOf(alia: Customer, query = '', headers: Record<string, string> = {}) {
  const token = await server.mpp.customerToken(alia.id);
  const path = `/v1/refunds${query}`;
  return server.mpp.call<RefundBody & { items: RefundBody[]; nextCursor: string | null }>('GET', path, {
    token,
    headers,
  });
}

async function operator<Body = Record<string, unknown>>(method: string, path: string, body?: object) {
  const token = await server.mpp.teamToken('operations');
  return server.mpp.call<Body>(method, `/ops/v1/refunds${path}`, { token, ...(body && { body }) });
}

const untilBalance = (alia: Customer, balance: string) =>
  until(
    'the balance',
    () => alia.balance(),
    (now) => now === balance,
  );

describe('a refund of the PS', () => {
  it('in full is answered SUCCESS, and the customer has the money', async () => {
    const { alia, id, purchase } = await paid();
    const reply = await ps.refund({ ...purchase, refundId: 'Full1' });
    expect(reply).toMatchObject({ status: 200, result: ACCEPTED });
    await untilBalance(alia, '1000.00');
    expect((await alia.payment(id)).body).toMatchObject({ status: 'CONFIRMED', refundedAmount: '100.00' });
    expect((await refundsOf(alia, '/Full1')).body).toMatchObject({
      refundId: 'Full1',
      paymentId: id,
      amount: '100.00',
      status: 'CREDITED',
      creditedAt: expect.any(String),
      receipt: { linkReceipt: expect.stringContaining('receipt.kaspi.kz') },
    });
    expect((await server.mpp.trialBalance()).balanced).toBe(true);
  });

  it('is read with blanks in its keys, as the regulation’s example has them', async () => {
    const { alia, purchase } = await paid();
    const reply = await ps.send(
      `{ "refundAmount": "40.00", "customerId": "${purchase.customerId}", "paymentId ": "${purchase.paymentId}",
         "refundId ": "Blank1", "linkReceipt": "https://receipt.kaspi.kz/ext?TranId=a3&sale_date=2024-01-10+14:24:09.646" }`,
    );
    expect(reply.text).toBe('{"result":{"resultCode":"SUCCESS","resultMessage":"success"}}');
    await untilBalance(alia, '940.00');
  });

  it('that comes 50 times at once is credited once and answered 50 times the same', async () => {
    const { alia, purchase } = await paid();
    const body = { ...purchase, refundId: 'Fifty', refundAmount: 60 };
    const replies = await Promise.all(Array.from({ length: 50 }, () => ps.refund(body)));
    expect(new Set(replies.map(({ text }) => text))).toEqual(new Set([replies[0]?.text]));
    expect(replies[0]?.result).toEqual(ACCEPTED);
    await untilBalance(alia, '960.00');
    expect((await refundsOf(alia)).body.items).toHaveLength(1);
  });

  it('15 of 10.00 at once against a payment of 100.00: ten are taken, five are not', async () => {
    const { alia, id, purchase } = await paid();
    const replies = await Promise.all(
      Array.from({ length: 15 }, (_, index) => ps.refund({ ...purchase, refundId: `Ten${index}`, refundAmount: '10' })),
    );
    const codes = replies.map(({ result }) => result?.resultCode).sort();
    expect(codes).toEqual([...Array(5).fill('PARAM_ILLEGAL'), ...Array(10).fill('SUCCESS')]);
    await untilBalance(alia, '1000.00');
    expect((await alia.payment(id)).body).toMatchObject({ refundedAmount: '100.00' });
    const page = (await refundsOf(alia, '?limit=7')).body;
    expect(page.items).toHaveLength(7);
    expect((await refundsOf(alia, `?limit=7&cursor=${page.nextCursor}`)).body.items).toHaveLength(3);
  });

  it('with other content under a known refundId is refused and changes nothing; the first content is answered as before', async () => {
    const { alia, purchase } = await paid();
    const first = await ps.refund({ ...purchase, refundId: 'Same', refundAmount: '30.00' });
    const other = await ps.refund({ ...purchase, refundId: 'Same', refundAmount: '31.00' });
    expect(other).toMatchObject({ status: 200, result: { resultCode: 'PARAM_ILLEGAL' } });
    expect((await ps.refund({ ...purchase, refundId: 'Same', refundAmount: '30' })).text).toBe(first.text);
    await untilBalance(alia, '930.00');
  });

  it('that was refused is refused for ever with the same words, also once it would be right', async () => {
    const alia = await server.mpp.customer();
    const { id, ...purchase } = await scan(alia);
    const body = { ...purchase, refundId: 'Early' };
    const refused = await ps.refund(body);
    expect(refused.result?.resultCode).toBe('PARAM_ILLEGAL');
    await alia.confirm(id);
    expect((await ps.refund(body)).text).toBe(refused.text);
    expect(await alia.balance()).toBe('900.00');
    expect((await refundsOf(alia, '/Early')).status).toBe(404);
  });

  it('whose repeat brings another receipt has that one, in Kazakh for who asks in Kazakh', async () => {
    const { alia, purchase } = await paid();
    const body = { ...purchase, refundId: 'Link', pdfReceipt: undefined };
    await ps.refund(body);
    const link = 'https://receipt.kaspi.kz/ext?extTranId=QR77&sale_date=2025-06-02+10:00:56.407';
    expect((await ps.refund({ ...body, linkReceipt: link })).result).toEqual(ACCEPTED);
    expect((await refundsOf(alia, '/Link')).body.receipt).toEqual({ linkReceipt: link, pdfReceipt: null });
    const kazakh = await refundsOf(alia, '/Link', { 'x-locale': 'kk-KZ' });
    expect(kazakh.body.receipt).toMatchObject({ linkReceipt: `${link}&locale=kk` });
    expect((await refundsOf(alia, '/Link/receipt?locale=kk-KZ')).body).toMatchObject({
      linkReceipt: `${link}&locale=kk`,
    });
  });

  it('is seen by its customer alone', async () => {
    const { purchase } = await paid();
    await ps.refund({ ...purchase, refundId: 'Private' });
    const stranger = await server.mpp.customer();
    expect((await refundsOf(stranger, '/Private')).status).toBe(404);
    expect((await refundsOf(stranger)).body.items).toEqual([]);
  });
});

describe('a refund that cannot be', () => {
  const valid = { customerId: '900900000001', paymentId: 'nobody-knows-it', refundId: 'x', refundAmount: '1.00' };

  it.each([
    ['without a customer', { customerId: undefined }],
    ['with an empty customer', { customerId: '' }],
    ['with a customer of 13 characters', { customerId: '9'.repeat(13) }],
    ['with a customer that is a number', { customerId: 900900000001 }],
    ['without a payment', { paymentId: undefined }],
    ['with a payment of 65 characters', { paymentId: 'p'.repeat(65) }],
    ['without an amount', { refundAmount: undefined }],
    ['of nothing', { refundAmount: '0.00' }],
    ['of less than nothing', { refundAmount: '-1' }],
    ['of an exponent', { refundAmount: '1e2' }],
    ['of three decimals', { refundAmount: '1.001' }],
    ['with a comma', { refundAmount: '1,00' }],
    ['without a refundId', { refundId: undefined }],
    ['with a refundId of 65 characters', { refundId: 'r'.repeat(65) }],
    ['with a refundId of NUL', { refundId: 'a\u0000b' }],
    ['without a receipt', { linkReceipt: undefined }],
    ['of an unknown payment', {}],
  ])('%s is answered PARAM_ILLEGAL', async (name, changes) => {
    const body = 'refundId' in changes ? changes : { refundId: name.slice(0, 64), ...changes };
    expect(await ps.refund({ ...valid, ...body })).toMatchObject({
      status: 200,
      result: { resultCode: 'PARAM_ILLEGAL', resultMessage: expect.stringMatching(/^.{1,256}$/) },
    });
  });

  it('of another customer’s payment, or of more than is left, is answered PARAM_ILLEGAL, and no money moves', async () => {
    const { alia, purchase } = await paid();
    const stranger = await server.mpp.customer();
    const codes = [
      await ps.refund({ ...purchase, customerId: stranger.id }),
      await ps.refund({ ...purchase, refundAmount: '100.01' }),
    ].map(({ result }) => result?.resultCode);
    expect(codes).toEqual(['PARAM_ILLEGAL', 'PARAM_ILLEGAL']);
    expect([await alia.balance(), await stranger.balance()]).toEqual(['900.00', '1000.00']);
  });

  it.each([
    ['{', 400],
    ['', 400],
    ['[]', 200],
    ['null', 200],
    ['"x"', 200],
    [`{"a":"${'x'.repeat(70_000)}"}`, 413],
  ])('that is no refund at all (%#) gets its HTTP status with a result', async (body, status) => {
    expect(await ps.send(body)).toMatchObject({ status, result: { resultCode: 'PARAM_ILLEGAL' } });
  });
});

describe('a refund of a payment that the PS has not confirmed to us (R19)', () => {
  it('confirms it first; the PS’s answer then adds the receipt', async () => {
    const alia = await server.mpp.customer();
    const { id, ...purchase } = await scan(alia);
    let answers = false;
    kaspi.script = (request, index) =>
      request.path.endsWith('/notifyPayment') && !answers ? 'reset' : happyKaspi()(request, index);
    expect((await alia.confirm(id)).body.status).toBe('PROCESSING');
    expect((await ps.refund({ ...purchase, refundAmount: '30.00' })).result).toEqual(ACCEPTED);
    expect((await alia.payment(id)).body).toMatchObject({
      status: 'CONFIRMED',
      refundedAmount: '30.00',
      receipt: null,
    });
    await untilBalance(alia, '930.00');
    answers = true;
    await until(
      'the receipt',
      async () => (await alia.payment(id)).body.receipt,
      (receipt) => receipt !== null,
    );
    const token = await server.mpp.teamToken('support');
    const story = await server.mpp.call<PaymentBody & { entries: { purpose: string }[]; refunds: unknown[] }>(
      'GET',
      `/ops/v1/payments/${id}`,
      { token },
    );
    expect(story.body).toMatchObject({ settledBy: 'REFUND', refunds: [{ status: 'CREDITED', amount: '30.00' }] });
    expect(story.body.entries.map(({ purpose }) => purpose)).toEqual(['PAYMENT', 'SETTLEMENT', 'REFUND']);
  });

  it('of one that was reversed is SUCCESS without a second credit, settled against the reversal, and operators are told', async () => {
    const alia = await server.mpp.customer();
    const { id, ...purchase } = await scan(alia);
    kaspi.script = inTurn('notifyPayment', [refusal('RISK_REJECT')], happyKaspi());
    expect((await alia.confirm(id)).body.status).toBe('REVERSED');
    expect((await ps.refund({ ...purchase, refundId: 'AfterReversal' })).result).toEqual(ACCEPTED);
    expect(await alia.balance()).toBe('1000.00');
    expect((await refundsOf(alia, '/AfterReversal')).body).toMatchObject({ status: 'CREDITED' });
    const { body } = await operator<{ alerts: { kind: string }[]; entries: unknown[] }>('GET', '/AfterReversal');
    expect(body.alerts.map(({ kind }) => kind)).toEqual(['REFUND_AFTER_REVERSAL']);
    expect(body.entries).toMatchObject([
      { debit: { account: 'RECEIVABLE_FROM_KASPI' }, credit: { account: 'DIFFERENCES' } },
    ]);
    const { lines, balanced } = await server.mpp.trialBalance();
    expect(balanced).toBe(true);
    expect(lines.find(({ account }) => account === 'DIFFERENCES')).toMatchObject({ debit: '0.00', credit: '0.00' });
  });
});

describe('a refund whose account takes no money', () => {
  const close = (account: string) =>
    database.query(`update ledger_accounts set status = 'CLOSED' where id = $1`, [account]);

  it('goes to the customer’s other account', async () => {
    const { alia, purchase } = await paid();
    const other = await server.mpp.open(alia.id, '0.00');
    await close(alia.account);
    await ps.refund({ ...purchase, refundId: 'Elsewhere' });
    await until(
      'credited',
      async () => (await refundsOf(alia, '/Elsewhere')).body.status,
      (status) => status === 'CREDITED',
    );
    expect((await alia.accounts()).body.items).toEqual([expect.objectContaining({ id: other, balance: '100.00' })]);
    expect((await operator('GET', '/Elsewhere')).body).toMatchObject({
      creditedAccountId: other,
      alerts: [{ kind: 'REFUND_TO_OTHER_ACCOUNT' }],
    });
  });

  it('is owed to them in suspense while there is none; operators redirect it once there is', async () => {
    const { alia, purchase } = await paid();
    await close(alia.account);
    await ps.refund({ ...purchase, refundId: 'Owed' });
    const state = async () => (await operator<{ status: string }>('GET', '/Owed')).body;
    await until('in suspense', state, ({ status }) => status === 'SUSPENDED');
    expect((await refundsOf(alia, '/Owed')).body.status).toBe('ACCEPTED');
    expect(await state()).toMatchObject({ overdue: false, alerts: [{ kind: 'REFUND_IN_SUSPENSE' }] });
    const reason = 'the customer asked for it';
    const stranger = await server.mpp.customer();
    for (const account of [stranger.account, alia.account, 'x']) {
      const refused = await operator('POST', '/Owed/redirect', { accountId: account, reason });
      expect(refused).toMatchObject({ status: 422, body: { code: 'ACCOUNT_UNUSABLE' } });
    }
    await database.query(`update ledger_accounts set status = 'BLOCKED' where id = $1`, [alia.account]);
    const other = await server.mpp.open(alia.id, '0.00');
    const redirected = await operator('POST', '/Owed/redirect', { accountId: other, reason });
    // Its own repeat may have been quicker.
    expect([200, 409]).toContain(redirected.status);
    await until('credited', state, ({ status }) => status === 'CREDITED');
    expect(await alia.balance()).toBe('100.00');
    expect((await server.mpp.trialBalance()).balanced).toBe(true);
  });
});
