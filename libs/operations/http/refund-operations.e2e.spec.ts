import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { inTurn, refusal } from '../../../test/support/kaspi-peer.js';
import { operatorRefunds, type Part } from '../../../test/support/operator-refunds.js';
import { expectProblem, type Problem } from '../../../test/support/problems.js';

const RECEIVABLE = { id: '00000000-0000-7000-8000-000000000005', account: 'RECEIVABLE_FROM_KASPI' };

const { fixture, clock, drain, paid, suspended, credited, get, post, detailsOf, redirect } = operatorRefunds();

describe('operators', () => {
  describe('credit a refund now', () => {
    it('that waits: it is due at once, keeps its place, and the operator is recorded', async () => {
      const { alia } = await suspended('Retry1');
      await fixture.server.mpp.open(alia.id, '0.00');
      const [waiting] = (await detailsOf('Retry1')).messages;
      expect(waiting).toMatchObject({ status: 'WAITING', lastError: 'the customer has no account that takes money' });
      const answer = await post('Retry1/retry');
      expect(answer).toMatchObject({
        status: 200,
        body: {
          status: 'SUSPENDED',
          messages: [{ id: waiting?.id, status: 'WAITING', nextAttemptAt: clock.now().toISOString() }],
          audit: [{ actor: 'aigerim', action: 'REFUND_RETRIED', reason: null }],
        },
      });
      await drain();
      expect(await detailsOf('Retry1')).toMatchObject({
        status: 'CREDITED',
        messages: [{ attempts: 2, status: 'DONE' }],
      });
      expect(await alia.balance()).toBe('30.00');
    });

    it('from the list of messages too, but not a done one', async () => {
      const { alia } = await suspended('Retry2');
      const [message] = (await detailsOf('Retry2')).messages;
      const retry = () =>
        fixture.server.mpp.call<Problem>('POST', `/ops/v1/outbox/${message?.id}/retry`, { token: fixture.aigerim });
      expect((await retry()).status).toBe(200);
      await fixture.server.mpp.open(alia.id, '0.00');
      await drain();
      expectProblem(await retry(), 409, 'STATE_CONFLICT');
      expect(await alia.balance()).toBe('30.00');
    });

    it('but not a credited or refused one: nothing is recorded', async () => {
      const { purchase } = await credited('Retry3');
      await fixture.ps.refund({ ...purchase, refundId: 'Retry4', refundAmount: '70.01' });
      for (const refundId of ['Retry3', 'Retry4']) {
        expectProblem(await post(`${refundId}/retry`), 409, 'STATE_CONFLICT');
        expect((await detailsOf(refundId)).audit).toEqual([]);
      }
      expectProblem(await post('Unknown/retry'), 404, 'NOT_FOUND');
    });
  });

  describe('redirect a refund', () => {
    it('only to an open account of the same customer: otherwise 422, and the refund goes on waiting', async () => {
      const { alia } = await suspended('Redirect1');
      const stranger = await fixture.server.mpp.customer();
      const blocked = await fixture.server.mpp.open(alia.id, '0.00');
      await fixture.database.query(`update ledger_accounts set status = 'BLOCKED' where id = $1`, [blocked]);
      for (const account of [stranger.account, alia.account, blocked, randomUUID(), RECEIVABLE.id, 'main']) {
        expectProblem(await redirect('Redirect1', account), 422, 'ACCOUNT_UNUSABLE');
      }
      const waiting = await detailsOf('Redirect1');
      expect(waiting).toMatchObject({ status: 'SUSPENDED', audit: [], messages: [{ status: 'WAITING' }] });
      expect(waiting.entries).toHaveLength(1);
      expect([await stranger.balance(), await alia.balance()]).toEqual(['1000.00', undefined]);
    });

    it('once: of ten redirects at the same time one is done, and the money is credited once', async () => {
      const { alia } = await suspended('Redirect2');
      const accounts = [await fixture.server.mpp.open(alia.id, '0.00'), await fixture.server.mpp.open(alia.id, '0.00')];
      const answers = await Promise.all([
        ...Array.from({ length: 10 }, (_, index) => redirect('Redirect2', accounts[index % 2] ?? '')),
        drain(),
      ]);
      const statuses = answers.flatMap((answer) => ('status' in answer ? [answer.status] : [])).toSorted();
      const done = statuses.filter((status) => status === 200).length;
      expect(done).toBeLessThanOrEqual(1);
      expect(statuses).toEqual([...Array(done).fill(200), ...Array(10 - done).fill(409)]);
      await drain();
      const read = await detailsOf('Redirect2');
      expect(read).toMatchObject({
        status: 'CREDITED',
        entries: [{ purpose: 'REFUND' }, { purpose: 'REFUND_RELEASE' }],
      });
      expect(read.audit).toHaveLength(done);
      const { items } = (await alia.accounts()).body;
      expect(items.map(({ balance }) => balance).toSorted()).toEqual(['0.00', '30.00']);
    });

    it('that has not been in suspense yet: the account is credited at once', async () => {
      const { alia, purchase } = await paid();
      const other = await fixture.server.mpp.open(alia.id, '0.00');
      // The account that paid is locked, so that nothing else credits the refund in between.
      const holder = await fixture.database.connect();
      try {
        await holder.query('begin');
        await holder.query('select from ledger_accounts where id = $1 for update', [alia.account]);
        await fixture.ps.refund({ ...purchase, refundId: 'Redirect3', refundAmount: '30.00' });
        expect((await detailsOf('Redirect3')).status).toBe('ACCEPTED');
        const redirected = redirect('Redirect3', other);
        await holder.query('commit');
        // The crediting under way may have been faster.
        expect([200, 409]).toContain((await redirected).status);
      } finally {
        await holder.end();
      }
      await drain();
      const read = await detailsOf('Redirect3');
      expect(read).toMatchObject({ status: 'CREDITED', entries: [{ purpose: 'REFUND' }] });
      expect([other, alia.account]).toContain(read.creditedAccountId);
    });

    it('but not a credited, refused or unknown one', async () => {
      const { alia, purchase } = await credited('Redirect4');
      await fixture.ps.refund({ ...purchase, refundId: 'Redirect5', refundAmount: '70.01' });
      const other = await fixture.server.mpp.open(alia.id, '0.00');
      for (const refundId of ['Redirect4', 'Redirect5']) {
        expectProblem(await redirect(refundId, other), 409, 'STATE_CONFLICT');
        expect((await detailsOf(refundId)).audit).toEqual([]);
      }
      expectProblem(await redirect('Unknown', other), 404, 'NOT_FOUND');
    });

    it.each([
      ['no account', { reason: 'case 1' }, 'accountId'],
      ['an account that is not text', { accountId: 17, reason: 'case 1' }, 'accountId'],
      ['no reason', { accountId: randomUUID() }, 'reason'],
      ['a blank reason', { accountId: randomUUID(), reason: '   ' }, 'reason'],
    ])('and get 400 for %s', async (_, body, field) => {
      const answer = await post('Unknown/redirect', body);
      expectProblem(answer, 400, 'VALIDATION_FAILED');
      expect(new Set(answer.body.errors?.map((error) => error.field))).toEqual(new Set([field]));
    });
  });

  describe('find a refund of a reversed payment', () => {
    it('settled against the reversal, with nothing to retry or redirect', async () => {
      const alia = await fixture.server.mpp.customer();
      const { id } = (await alia.scan('reversed')).body.payment;
      fixture.kaspi.script = inTurn('notifyPayment', [refusal('RISK_REJECT')], fixture.kaspi.script);
      await alia.confirm(id);
      await drain();
      await fixture.ps.refund({
        paymentId: 'ps-reversed',
        customerId: alia.id,
        refundId: 'Against',
        refundAmount: '30.00',
      });
      expect(await detailsOf('Against')).toMatchObject({
        status: 'CREDITED',
        creditedAccountId: null,
        calls: [{ resultCode: 'SUCCESS', remark: 'AGAINST_REVERSAL' }],
        messages: [],
        alerts: [{ kind: 'REFUND_AFTER_REVERSAL' }],
      });
      expectProblem(await post('Against/retry'), 409, 'STATE_CONFLICT');
      expectProblem(await redirect('Against', alia.account), 409, 'STATE_CONFLICT');
      // The payment shows the contradiction and is found by it.
      const payment = (await get<Part & { refunds: unknown[] }>(`payments/${id}`)).body;
      expect(payment).toMatchObject({
        status: 'REVERSED',
        refundedAmount: '30.00',
        refunds: [{ refundId: 'Against' }],
      });
      expect(payment.contradiction).toMatchObject({ resultCode: 'REFUND' });
    });
  });

  it('leave balanced books', async () => {
    expect(await fixture.server.mpp.trialBalance()).toMatchObject({ balanced: true });
  });
});
