import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningSimulator, startSimulator } from '../../apps/kaspi-simulator/start.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { expectProblem, type Problem } from '../support/problems.js';
import { until } from '../support/until.js';

const CORE_TOKEN = 'token-of-the-core';

let database: TestDatabase;
let simulator: RunningSimulator;
let server: TestServer;
let customers = 0;

beforeAll(async () => {
  database = await createDatabase();
  simulator = await startSimulator({
    port: 0,
    storeFile: null,
    coreToken: CORE_TOKEN,
    refundUrl: () => `${server.kaspiUrl}/refund`,
  });
  server = await startTestServer({
    DATABASE_URL: database.url,
    KASPI_BASE_URL: simulator.url,
    CORE_BANKING_URL: simulator.core.url,
    CORE_BANKING_TOKEN: CORE_TOKEN,
    CORE_BANKING_TIMEOUT_MS: '1000',
    CORE_BANKING_RETRY_BASE_MS: '20',
    CORE_BANKING_RETRY_MAX_MS: '100',
    REFUND_RETRY_BASE_MS: '20',
    REFUND_RETRY_MAX_MS: '100',
    KASPI_TIMEOUT_MS: '500',
    NOTIFY_RETRY_BASE_MS: '20',
    NOTIFY_RETRY_MAX_MS: '100',
    OUTBOX_POLL_MS: '20',
    CONFIRM_WAIT_MS: '3000',
  });
});

afterAll(async () => {
  await server?.stop();
  await simulator?.stop();
  await database?.drop();
});

afterEach(() => simulator.faults.clear());

/** A customer whose account is at the bank's core. */
async function customer(balance = '1000.00', changes: object = {}) {
  const id = `8008${String(++customers).padStart(8, '0')}`;
  const account = simulator.core.openAccount({ customerId: id, name: 'Зарплатный', balance, ...changes });
  const calls = await server.mpp.as(id);
  return {
    id,
    ...calls,
    account: account.id,
    atCore: (which = account.id) => simulator.core.accounts(id).find((each) => each.id === which)?.balance,
    operations: () =>
      simulator.core
        .operations({ customerId: id })
        .map(({ kind, outcome, moved }) => `${kind} ${outcome}${moved ? '' : ' of nothing'}`),
  };
}
type Customer = Awaited<ReturnType<typeof customer>>;

async function qr(amount = '100.00'): Promise<string> {
  const body = JSON.stringify({ type: 'Dynamic', amount });
  const answer = await fetch(`${simulator.url}/pos/qr`, { method: 'POST', body });
  return ((await answer.json()) as { qrCode: string }).qrCode;
}

const scan = async (who: Customer, amount?: string) => (await who.scan(await qr(amount))).body.payment.id;
const purchaseOf = (who: Customer) => simulator.purchases(who.id)[0];

async function untilStatus(who: Customer, id: string, status: string) {
  return until(
    `the payment is ${status}`,
    async () => (await who.payment(id)).body,
    (payment) => payment.status === status,
  );
}

async function refundOf(who: Customer, status: string) {
  const token = await server.mpp.customerToken(who.id);
  return until(
    `the refund is ${status}`,
    async () =>
      (await server.mpp.call<{ items: Record<string, unknown>[] }>('GET', '/v1/refunds', { token })).body.items[0],
    (refund) => refund?.status === status,
  );
}

async function ops<Body = Problem>(method: string, path: string, body?: object, role = 'operations') {
  return server.mpp.call<Body>(method, `/ops/v1/${path}`, {
    token: await server.mpp.teamToken(role),
    ...(body && { body }),
  });
}

const alertsAbout = async (subject: string) =>
  (await ops<{ items: { kind: string }[] }>('GET', `alerts?subject=${subject}`)).body.items.map(({ kind }) => kind);

/** Paid and confirmed; the shop's own name of the purchase with it. */
async function paid(who: Customer, amount = '100.00') {
  const id = await scan(who, amount);
  expect(await who.confirm(id)).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
  return { id, purchase: purchaseOf(who)?.paymentId ?? '' };
}

describe('with a bank’s core', () => {
  it('a payment debits the account there, once, and is confirmed', async () => {
    const alia = await customer();
    const id = await scan(alia);
    const paid = await alia.confirm(id);
    expect(paid).toMatchObject({ status: 200, body: { status: 'CONFIRMED', amount: '100.00' } });
    expect(alia.atCore()).toBe('900.00');
    expect(await alia.confirm(id)).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
    expect(alia.operations()).toEqual(['DEBIT DONE']);
    expect((await server.mpp.trialBalance()).balanced).toBe(true);
  });

  it('a debit that it refuses is DECLINED, and the PS is told PROCESS_FAIL', async () => {
    const alia = await customer('99.99');
    const id = await scan(alia);
    const declined = await alia.confirm(id);
    expect(declined).toMatchObject({
      status: 200,
      body: { status: 'DECLINED', failure: { code: 'INSUFFICIENT_FUNDS' } },
    });
    await until(
      'the PS knows',
      () => purchaseOf(alia),
      (purchase) => purchase?.result === 'PROCESS_FAIL',
    );
    expect(alia.atCore()).toBe('99.99');
  });

  it('a PS that refuses has the money given back there: REVERSING, then REVERSED', async () => {
    const alia = await customer();
    const id = await scan(alia);
    simulator.faults.set({
      notifyPayment: [{ do: 'refuse', resultCode: 'RISK_REJECT', count: 1 }],
      coreReversal: [{ do: 'reset', count: 2 }],
    });
    const reversed = await alia.confirm(id);
    expect(reversed).toMatchObject({ status: 200, body: { status: 'REVERSED', failure: { code: 'KASPI_REFUSED' } } });
    expect(alia.atCore()).toBe('1000.00');
    expect(alia.operations()).toEqual(['REVERSAL DONE', 'DEBIT DONE']);
    expect(await statusesOf(id)).toEqual(['AWAITING_CONFIRMATION', 'DEBITING', 'PROCESSING', 'REVERSING', 'REVERSED']);
  });

  it.each([
    ['reset', { do: 'reset', count: 3 }],
    ['lost', { do: 'lose', count: 2 }],
    ['silent', { do: 'hang', count: 1 }],
    ['an error', { do: 'status', httpStatus: 502, count: 3 }],
    ['no JSON', { do: 'garbage', count: 3 }],
  ] as const)('an answer that is %s is asked for again, and the customer is debited once', async (_, fault) => {
    const alia = await customer();
    const id = await scan(alia);
    simulator.faults.set({ coreDebit: [fault] });
    expect(await alia.confirm(id)).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
    expect(alia.atCore()).toBe('900.00');
    expect(alia.operations()).toEqual(['DEBIT DONE']);
  });

  it('cannot be cancelled while it is asked, and the app sees DEBITING', async () => {
    const alia = await customer();
    const id = await scan(alia);
    simulator.faults.set({ coreDebit: [{ do: 'hang' }] });
    const seen: string[] = [];
    const following = (async () => {
      for await (const { status } of alia.events(id)) seen.push(status);
    })();
    await until(
      'the stream is open',
      () => seen,
      ({ length }) => length > 0,
    );
    const confirming = alia.confirm(id);
    await untilStatus(alia, id, 'DEBITING');
    expectProblem((await alia.cancel(id)) as never, 409, 'STATE_CONFLICT');
    simulator.faults.clear();
    expect((await confirming).body.status).toBe('CONFIRMED');
    await following;
    expect(seen).toContain('DEBITING');
    expectProblem((await alia.cancel(id)) as never, 409, 'STATE_CONFLICT');
  });

  it('cannot be cancelled while the money is given back, and the app sees REVERSING', async () => {
    const alia = await customer();
    const id = await scan(alia);
    simulator.faults.set({
      notifyPayment: [{ do: 'refuse', resultCode: 'PROCESS_FAIL', count: 1 }],
      coreReversal: [{ do: 'status', httpStatus: 503 }],
    });
    const confirming = alia.confirm(id);
    await untilStatus(alia, id, 'REVERSING');
    expectProblem((await alia.cancel(id)) as never, 409, 'STATE_CONFLICT');
    simulator.faults.clear();
    expect((await confirming).body).toMatchObject({ status: 'REVERSED', failure: { code: 'KASPI_REFUSED' } });
    expect(alia.atCore()).toBe('1000.00');
  });

  it('20 confirms at the same moment are one debit', async () => {
    const alia = await customer();
    const id = await scan(alia);
    const answers = await Promise.all(Array.from({ length: 20 }, () => alia.confirm(id)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.status}`))).toEqual(new Set(['200 CONFIRMED']));
    expect(alia.operations()).toEqual(['DEBIT DONE']);
  });

  it('a purchase that one customer is being debited for is not paid by another one', async () => {
    const [alia, bekzat] = [await customer(), await customer()];
    const code = await qr();
    const id = (await alia.scan(code)).body.payment.id;
    const other = (await bekzat.scan(code)).body.payment.id;
    simulator.faults.set({ coreDebit: [{ do: 'hang' }] });
    const confirming = alia.confirm(id);
    await untilStatus(alia, id, 'DEBITING');
    expectProblem((await bekzat.confirm(other)) as never, 409, 'ALREADY_PAID');
    simulator.faults.clear();
    expect((await confirming).body.status).toBe('CONFIRMED');
    expect([alia.atCore(), bekzat.atCore()]).toEqual(['900.00', '1000.00']);
  });

  it('has every operation in the story that operators read', async () => {
    const alia = await customer();
    const { id } = await paid(alia);
    const { body } = await ops<{ coreOperations: object[]; entries: object[] }>(
      'GET',
      `payments/${id}`,
      undefined,
      'support',
    );
    expect(body.coreOperations).toMatchObject([
      { id, kind: 'DEBIT', state: 'DONE', coreAccountId: alia.account, amount: '100.00' },
    ]);
    expect(body.entries).toMatchObject([{ purpose: 'PAYMENT' }, { purpose: 'SETTLEMENT' }]);
  });
});

describe('the customer waits no longer than CONFIRM_WAIT_MS', () => {
  it('for a core that does not answer a debit: 202 DEBITING, and then its end', async () => {
    const alia = await customer();
    const id = await scan(alia);
    simulator.faults.set({ coreDebit: [{ do: 'hang' }], coreOutcome: [{ do: 'hang' }] });
    const begun = performance.now();
    expect(await alia.confirm(id)).toMatchObject({ status: 202, body: { status: 'DEBITING' } });
    const waited = performance.now() - begun;
    expect(waited).toBeGreaterThan(2500);
    expect(waited).toBeLessThan(20_000);
    simulator.faults.clear();
    await untilStatus(alia, id, 'CONFIRMED');
    expect(alia.operations()).toEqual(['DEBIT DONE']);
  });

  it('for a core that does not say which accounts there are: 503, and nothing has happened', async () => {
    const alia = await customer();
    const id = await scan(alia);
    simulator.faults.set({ coreAccounts: [{ do: 'hang' }] });
    expectProblem((await alia.confirm(id)) as never, 503, 'CORE_UNAVAILABLE');
    expectProblem((await alia.accounts()) as never, 503, 'CORE_UNAVAILABLE');
    simulator.faults.clear();
    expect((await alia.payment(id)).body.status).toBe('AWAITING_CONFIRMATION');
    expect(alia.operations()).toEqual([]);
    expect((await alia.confirm(id)).body.status).toBe('CONFIRMED');
  });
});

describe('the means of payment at a bank’s core', () => {
  async function rich() {
    const alia = await customer('1000.00');
    const open = (changes: object) =>
      simulator.core.openAccount({ customerId: alia.id, name: 'Ещё один', ...changes }).id;
    return {
      alia,
      usd: open({ currency: 'USD', balance: '500.00' }),
      closed: open({ status: 'CLOSED', balance: '500.00' }),
      blocked: open({ status: 'BLOCKED', balance: '500.00' }),
      second: open({ balance: '500.00' }),
    };
  }

  it('are the customer’s open accounts in tenge, with the bank’s own ids', async () => {
    const { alia, second } = await rich();
    const { items } = (await alia.accounts()).body;
    expect(items).toMatchObject([
      { coreAccountId: alia.account, balance: '1000.00', currency: 'KZT', preferred: false },
      { coreAccountId: second, balance: '500.00' },
    ]);
    expect(items[0]?.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('are chosen by our id or by the bank’s', async () => {
    const { alia, second } = await rich();
    const { items } = (await alia.accounts()).body;
    await alia.confirm(await scan(alia), { accountId: items[1]?.id });
    expect(alia.atCore(second)).toBe('400.00');
    const answer = await alia.confirm(await scan(alia), { accountId: second });
    expect(answer.body).toMatchObject({ status: 'CONFIRMED', accountId: items[1]?.id });
    expect([alia.atCore(second), alia.atCore()]).toEqual(['300.00', '1000.00']);
  });

  it('are the preferred one where none is named, and one has to be named where none is preferred', async () => {
    const { alia, second } = await rich();
    const id = await scan(alia);
    expectProblem((await alia.confirm(id)) as never, 422, 'ACCOUNT_UNUSABLE');
    simulator.core.changeAccount(second, { preferred: true });
    expect((await alia.confirm(id)).body.status).toBe('CONFIRMED');
    expect(alia.atCore(second)).toBe('400.00');
  });

  it('of another customer, closed, blocked, of another currency or of nobody are refused before anything moves', async () => {
    const { alia, usd, closed, blocked } = await rich();
    const bekzat = await customer();
    const others = (await bekzat.accounts()).body.items[0]?.id;
    const id = await scan(alia);
    for (const accountId of [
      usd,
      closed,
      blocked,
      bekzat.account,
      others,
      'KZ00NOBODY',
      '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44',
    ]) {
      const answer = (await alia.confirm(id, { accountId })) as never;
      expectProblem(answer, 422, 'ACCOUNT_UNUSABLE');
    }
    expect((await alia.payment(id)).body.status).toBe('AWAITING_CONFIRMATION');
    expect(alia.operations()).toEqual([]);
    expect(bekzat.operations()).toEqual([]);
  });
});

describe('accounts at a bank’s core', () => {
  it('are neither opened nor filled here: 409', async () => {
    const open = await ops('POST', 'accounts', { customerId: '800800000999', name: 'Счёт' }, 'accounting');
    expectProblem(open, 409, 'STATE_CONFLICT');
    const alia = await customer();
    const { id } = (await alia.accounts()).body.items[0] ?? { id: '' };
    const filled = await ops('POST', `accounts/${id}/deposits`, { amount: '1.00', reference: 'cash' }, 'accounting');
    expectProblem(filled, 409, 'STATE_CONFLICT');
    expect(alia.atCore()).toBe('1000.00');
  });

  it('have a mirror in the ledger: its statement is the core’s, operation by operation', async () => {
    const alia = await customer();
    const { purchase } = await paid(alia);
    await simulator.refund(purchase, '40.00');
    await refundOf(alia, 'CREDITED');
    const { id } = (await alia.accounts()).body.items[0] ?? { id: '' };
    const { body } = await ops<{ items: object[]; closingBalance: string }>(
      'GET',
      `ledger/accounts/${id}/statement`,
      undefined,
      'accounting',
    );
    expect(body.items).toMatchObject([
      { purpose: 'PAYMENT', debit: '100.00', balance: '-100.00' },
      { purpose: 'REFUND', credit: '40.00', balance: '-60.00' },
    ]);
    expect(body.closingBalance).toBe('-60.00');
    expect(alia.atCore()).toBe('940.00');
  });
});

describe('a refund with a bank’s core', () => {
  it.each([
    ['at once', {}],
    ['after answers that are lost', { coreCredit: [{ do: 'lose', count: 3 }] }],
    [
      'after resets and errors',
      {
        coreCredit: [
          { do: 'reset', count: 2 },
          { do: 'status', httpStatus: 500, count: 2 },
        ],
      },
    ],
  ] as const)('is credited there, once: %s', async (_, faults) => {
    const alia = await customer();
    const { purchase } = await paid(alia);
    simulator.faults.set(faults as never);
    await simulator.refund(purchase, '40.00');
    await refundOf(alia, 'CREDITED');
    expect(alia.atCore()).toBe('940.00');
    expect(alia.operations()).toEqual(['CREDIT DONE', 'DEBIT DONE']);
  });

  it('goes to another account where the one that paid is closed, and operators are told', async () => {
    const alia = await customer();
    const { purchase } = await paid(alia);
    simulator.core.changeAccount(alia.account, { status: 'CLOSED' });
    const other = simulator.core.openAccount({ customerId: alia.id, name: 'Новый' }).id;
    const { refundId } = await simulator.refund(purchase, '40.00');
    await refundOf(alia, 'CREDITED');
    expect([alia.atCore(), alia.atCore(other)]).toEqual(['900.00', '40.00']);
    expect(alia.operations()).toEqual(['CREDIT DONE', 'CREDIT REFUSED of nothing', 'DEBIT DONE']);
    expect(await alertsAbout(refundId)).toEqual(['REFUND_TO_OTHER_ACCOUNT']);
  });

  it('waits in suspense where no account takes it, and is credited once one does', async () => {
    const alia = await customer();
    const { purchase } = await paid(alia);
    simulator.core.changeAccount(alia.account, { status: 'CLOSED' });
    const { refundId } = await simulator.refund(purchase, '40.00');
    await until(
      'operators are told',
      () => alertsAbout(refundId),
      (kinds) => kinds.includes('REFUND_IN_SUSPENSE'),
    );
    expect((await server.mpp.trialBalance()).lines).toContainEqual({
      account: 'REFUNDS_IN_SUSPENSE',
      debit: '0.00',
      credit: '40.00',
    });
    simulator.core.changeAccount(alia.account, { status: 'OPEN' });
    await refundOf(alia, 'CREDITED');
    expect(alia.atCore()).toBe('940.00');
    expect((await server.mpp.trialBalance()).lines).toContainEqual({
      account: 'REFUNDS_IN_SUSPENSE',
      debit: '0.00',
      credit: '0.00',
    });
  });
});

async function statusesOf(id: string): Promise<string[]> {
  const token = await server.mpp.teamToken('support');
  const { body } = await server.mpp.call<{ history: { status: string }[] }>('GET', `/ops/v1/payments/${id}`, { token });
  return body.history.map(({ status }) => status);
}
