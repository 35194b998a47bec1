import { describe, expect, it } from '@jest/globals';
import { expectProblem } from '../support/problems.js';
import { until } from '../support/until.js';
import { simulatedCoreFixture } from './simulated-core-fixture.js';

const { fixture, customer, qr, scan, purchaseOf, untilStatus, ops, pay, statusesOf } = simulatedCoreFixture();

describe('with a bank’s core', () => {
  it('a payment debits the account there, once, and is confirmed', async () => {
    const alia = await customer();
    const id = await scan(alia);
    const paid = await alia.confirm(id);
    expect(paid).toMatchObject({ status: 200, body: { status: 'CONFIRMED', amount: '100.00' } });
    expect(alia.atCore()).toBe('900.00');
    expect(await alia.confirm(id)).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
    expect(alia.operations()).toEqual(['DEBIT DONE']);
    expect((await fixture.server.mpp.trialBalance()).balanced).toBe(true);
  });

  it('a debit that the core refuses is DECLINED, and the PS is notified of PROCESS_FAIL', async () => {
    const alia = await customer('99.99');
    const id = await scan(alia);
    const declined = await alia.confirm(id);
    expect(declined).toMatchObject({
      status: 200,
      body: { status: 'DECLINED', failure: { code: 'INSUFFICIENT_FUNDS' } },
    });
    await until(
      'the PS is notified',
      () => purchaseOf(alia),
      (purchase) => purchase?.result === 'PROCESS_FAIL',
    );
    expect(alia.atCore()).toBe('99.99');
  });

  it('a refusal of the PS reverses the debit at the core: REVERSING, then REVERSED', async () => {
    const alia = await customer();
    const id = await scan(alia);
    fixture.simulator.faults.set({
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
  ] as const)(
    'after an answer that is %s, the outcome is requested again, and the customer is debited once',
    async (_, fault) => {
      const alia = await customer();
      const id = await scan(alia);
      fixture.simulator.faults.set({ coreDebit: [fault] });
      expect(await alia.confirm(id)).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
      expect(alia.atCore()).toBe('900.00');
      expect(alia.operations()).toEqual(['DEBIT DONE']);
    },
  );

  it('cannot be cancelled while the debit is under way, and the app sees DEBITING', async () => {
    const alia = await customer();
    const id = await scan(alia);
    fixture.simulator.faults.set({ coreDebit: [{ do: 'hang' }] });
    const statuses: string[] = [];
    const following = (async () => {
      for await (const { status } of alia.events(id)) statuses.push(status);
    })();
    await until(
      'the stream is open',
      () => statuses,
      ({ length }) => length > 0,
    );
    const confirming = alia.confirm(id);
    await untilStatus(alia, id, 'DEBITING');
    expectProblem((await alia.cancel(id)) as never, 409, 'STATE_CONFLICT');
    fixture.simulator.faults.clear();
    expect((await confirming).body.status).toBe('CONFIRMED');
    await following;
    expect(statuses).toContain('DEBITING');
    expectProblem((await alia.cancel(id)) as never, 409, 'STATE_CONFLICT');
  });

  it('cannot be cancelled while the debit is reversed, and the app sees REVERSING', async () => {
    const alia = await customer();
    const id = await scan(alia);
    fixture.simulator.faults.set({
      notifyPayment: [{ do: 'refuse', resultCode: 'PROCESS_FAIL', count: 1 }],
      coreReversal: [{ do: 'status', httpStatus: 503 }],
    });
    const confirming = alia.confirm(id);
    await untilStatus(alia, id, 'REVERSING');
    expectProblem((await alia.cancel(id)) as never, 409, 'STATE_CONFLICT');
    fixture.simulator.faults.clear();
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

  it('a purchase for which one customer is being debited cannot be paid by another customer', async () => {
    const [alia, bekzat] = [await customer(), await customer()];
    const code = await qr();
    const id = (await alia.scan(code)).body.payment.id;
    const other = (await bekzat.scan(code)).body.payment.id;
    fixture.simulator.faults.set({ coreDebit: [{ do: 'hang' }] });
    const confirming = alia.confirm(id);
    await untilStatus(alia, id, 'DEBITING');
    expectProblem((await bekzat.confirm(other)) as never, 409, 'ALREADY_PAID');
    fixture.simulator.faults.clear();
    await confirming;
    await untilStatus(alia, id, 'CONFIRMED');
    expect([alia.atCore(), bekzat.atCore()]).toEqual(['900.00', '1000.00']);
  });

  it('shows every operation at the core in the payment’s details', async () => {
    const alia = await customer();
    const { id } = await pay(alia);
    const { body } = await ops<{ coreOperations: object[]; entries: object[] }>(
      'GET',
      `payments/${id}`,
      undefined,
      'support',
    );
    expect(body.coreOperations).toMatchObject([
      { kind: 'DEBIT', state: 'DONE', coreAccountId: alia.account, amount: '100.00' },
    ]);
    expect(body.entries).toMatchObject([{ purpose: 'PAYMENT' }, { purpose: 'SETTLEMENT' }]);
  });
});

describe('the customer waits no longer than CONFIRM_WAIT_MS', () => {
  it('for a core that does not answer a debit: 202 DEBITING, then CONFIRMED when the core answers', async () => {
    const alia = await customer();
    const id = await scan(alia);
    fixture.simulator.faults.set({ coreDebit: [{ do: 'hang' }], coreOutcome: [{ do: 'hang' }] });
    const started = performance.now();
    expect(await alia.confirm(id)).toMatchObject({ status: 202, body: { status: 'DEBITING' } });
    const waited = performance.now() - started;
    expect(waited).toBeGreaterThan(7500);
    expect(waited).toBeLessThan(30_000);
    fixture.simulator.faults.clear();
    await untilStatus(alia, id, 'CONFIRMED');
    expect(alia.operations()).toEqual(['DEBIT DONE']);
  });

  it('for a core that does not return the accounts: 503, and nothing is debited', async () => {
    const alia = await customer();
    const id = await scan(alia);
    fixture.simulator.faults.set({ coreAccounts: [{ do: 'hang' }] });
    expectProblem((await alia.confirm(id)) as never, 503, 'CORE_UNAVAILABLE');
    expectProblem((await alia.accounts()) as never, 503, 'CORE_UNAVAILABLE');
    fixture.simulator.faults.clear();
    expect((await alia.payment(id)).body.status).toBe('AWAITING_CONFIRMATION');
    expect(alia.operations()).toEqual([]);
    expect((await alia.confirm(id)).body.status).toBe('CONFIRMED');
  });
});
