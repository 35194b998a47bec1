import { describe, expect, it } from '@jest/globals';
import { happyKaspi, type Reply, refusal } from '../support/kaspi-peer.js';
import type { PaymentBody } from '../support/mpp.js';
import { ACCEPTED } from '../support/ps-refunds.js';
import { until } from '../support/until.js';
import { refundsFixture } from './refunds-fixture.js';

const { fixture, ps, scan, paid, refundsOf, operator, untilBalance } = refundsFixture();

describe('a refund of a payment whose notify the PS has not answered with SUCCESS (R19)', () => {
  it('confirms the payment first; the PS’s answer then adds the receipt', async () => {
    const alia = await fixture.server.mpp.customer();
    const { id, ...purchase } = await scan(alia);
    let answers = false;
    fixture.kaspi.script = (request, index) =>
      request.path.endsWith('/notifyPayment') && !answers ? 'reset' : happyKaspi()(request, index);
    expect((await alia.confirm(id)).body.status).toBe('PROCESSING');
    expect((await ps().refund({ ...purchase, refundAmount: '30.00' })).result).toEqual(ACCEPTED);
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
    const token = await fixture.server.mpp.teamToken('support');
    const details = await fixture.server.mpp.call<PaymentBody & { entries: { purpose: string }[]; refunds: unknown[] }>(
      'GET',
      `/ops/v1/payments/${id}`,
      { token },
    );
    expect(details.body).toMatchObject({ settledBy: 'REFUND', refunds: [{ status: 'CREDITED', amount: '30.00' }] });
    expect(details.body.entries.map(({ purpose }) => purpose)).toEqual(['PAYMENT', 'SETTLEMENT', 'REFUND']);
  });

  it('after which the PS refuses the purchase and then refunds again: the purchase is owed to Kaspi, and both refunds are paid (R36)', async () => {
    const alia = await fixture.server.mpp.customer();
    const { id, ...purchase } = await scan(alia);
    let answer: Reply = 'reset';
    fixture.kaspi.script = (request, index) =>
      request.path.endsWith('/notifyPayment') ? answer : happyKaspi()(request, index);
    expect((await alia.confirm(id)).body.status).toBe('PROCESSING');
    expect((await ps().refund({ ...purchase, refundId: 'First', refundAmount: '30.00' })).result).toEqual(ACCEPTED);
    answer = refusal('RISK_REJECT');
    const token = await fixture.server.mpp.teamToken('support');
    type Entries = { entries: { purpose: string; amount: string; debit: { account: string } }[] };
    const entries = async () =>
      (await fixture.server.mpp.call<Entries>('GET', `/ops/v1/payments/${id}`, { token })).body.entries.map(
        ({ purpose, amount, debit }) => `${purpose} ${amount} from ${debit.account}`,
      );
    const refused = ['PAYMENT 100.00 from CUSTOMER', 'SETTLEMENT 100.00 from IN_TRANSIT'];
    refused.push('REFUND 30.00 from RECEIVABLE_FROM_KASPI', 'DIFFERENCE 100.00 from PAYABLE_TO_KASPI');
    await until('the contradiction', entries, (made) => made.length === refused.length);
    expect(await entries()).toEqual(refused);
    expect((await ps().refund({ ...purchase, refundId: 'Second', refundAmount: '20.00' })).result).toEqual(ACCEPTED);
    await untilBalance(alia, '950.00');
    const owed = ['DIFFERENCE 100.00 from DIFFERENCES', 'REFUND 20.00 from RECEIVABLE_FROM_KASPI'];
    expect(await entries()).toEqual([...refused, ...owed]);
    expect((await fixture.server.mpp.trialBalance()).balanced).toBe(true);
  });

  it('of a reversed payment is SUCCESS without a second credit, settled against the reversal, and operators are alerted', async () => {
    const alia = await fixture.server.mpp.customer();
    const { id, ...purchase } = await scan(alia);
    fixture.reply('notifyPayment', refusal('RISK_REJECT'));
    expect((await alia.confirm(id)).body.status).toBe('REVERSED');
    expect((await ps().refund({ ...purchase, refundId: 'AfterReversal' })).result).toEqual(ACCEPTED);
    expect(await alia.balance()).toBe('1000.00');
    expect((await refundsOf(alia, '/AfterReversal')).body).toMatchObject({ status: 'CREDITED' });
    const { body } = await operator<{ alerts: { kind: string }[]; entries: unknown[] }>('GET', '/AfterReversal');
    expect(body.alerts.map(({ kind }) => kind)).toEqual(['REFUND_AFTER_REVERSAL']);
    expect(body.entries).toMatchObject([
      { debit: { account: 'RECEIVABLE_FROM_KASPI' }, credit: { account: 'DIFFERENCES' } },
    ]);
    const { lines, balanced } = await fixture.server.mpp.trialBalance();
    expect(balanced).toBe(true);
    expect(lines.find(({ account }) => account === 'DIFFERENCES')).toMatchObject({ debit: '0.00', credit: '0.00' });
  });
});

describe('a refund whose account cannot be credited', () => {
  const close = (account: string) =>
    fixture.database.query(`update ledger_accounts set status = 'CLOSED' where id = $1`, [account]);

  it('goes to the customer’s other account', async () => {
    const { alia, purchase } = await paid();
    const other = await fixture.server.mpp.open(alia.id, '0.00');
    await close(alia.account);
    await ps().refund({ ...purchase, refundId: 'Elsewhere' });
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

  it('stays in suspense while the customer has no open account; operators redirect it to a new one', async () => {
    const { alia, purchase } = await paid();
    await close(alia.account);
    await ps().refund({ ...purchase, refundId: 'Owed' });
    const readRefund = async () => (await operator<{ status: string }>('GET', '/Owed')).body;
    await until('in suspense', readRefund, ({ status }) => status === 'SUSPENDED');
    expect((await refundsOf(alia, '/Owed')).body.status).toBe('ACCEPTED');
    expect(await readRefund()).toMatchObject({ overdue: false, alerts: [{ kind: 'REFUND_IN_SUSPENSE' }] });
    const reason = 'requested by the customer';
    const stranger = await fixture.server.mpp.customer();
    for (const account of [stranger.account, alia.account, 'x']) {
      const refused = await operator('POST', '/Owed/redirect', { accountId: account, reason });
      expect(refused).toMatchObject({ status: 422, body: { code: 'ACCOUNT_UNUSABLE' } });
    }
    await fixture.database.query(`update ledger_accounts set status = 'BLOCKED' where id = $1`, [alia.account]);
    const other = await fixture.server.mpp.open(alia.id, '0.00');
    const redirected = await operator('POST', '/Owed/redirect', { accountId: other, reason });
    // A repeat of the server may have credited it before.
    expect([200, 409]).toContain(redirected.status);
    await until('credited', readRefund, ({ status }) => status === 'CREDITED');
    expect(await alia.balance()).toBe('100.00');
    expect((await fixture.server.mpp.trialBalance()).balanced).toBe(true);
  });
});
