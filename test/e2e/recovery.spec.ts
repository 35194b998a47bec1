import { describe, expect, it } from '@jest/globals';
import { Expiry } from '@mpp/qr-payments';
import { createDatabase } from '../support/database.js';
import { expectProblem } from '../support/problems.js';
import { PsRefunds } from '../support/ps-refunds.js';
import { until } from '../support/until.js';
import { type Recovery, recoveryFixture } from './recovery-fixture.js';

const REASON = 'the registries agree';

describe.each(['the own ledger', 'a bank’s core'] as const)(
  'a server whose database was set back, with %s (R39)',
  (accounts) => {
    const atCore = accounts === 'a bank’s core';
    const {
      start,
      backup,
      restore,
      restart,
      running,
      newCustomer,
      app,
      scan,
      lived,
      expectPaidOnce,
      untilStatus,
      recovery,
      operator,
      query,
      purchases,
    } = recoveryFixture(atCore);

    it('that had been confirmed by the PS has it as before, and a refund that the PS repeats is credited once', async () => {
      const life = await lived('paid');
      await restore(life.copy);
      await expectPaidOnce(life, '0.00');
      const again = {
        refundId: life.refundId,
        customerId: life.customer,
        paymentId: life.purchase,
        refundAmount: '40.00',
      };
      expect((await new PsRefunds(`${running().kaspiUrl}/refund`).refund(again)).result?.resultCode).toBe('SUCCESS');
      await expectPaidOnce(life, '40.00');
    });

    it('that was debited and not answered by the PS asks the PS again', async () => {
      const life = await lived('debited');
      await restore(life.copy);
      await expectPaidOnce(life, '0.00');
    });

    if (atCore) {
      it('that was being debited, long before its deadline passed, asks the core before anything else', async () => {
        const life = await lived('being debited');
        await life.copy.query(
          `update outbox_messages set payload = jsonb_set(payload::jsonb, '{deadline}', '"2020-01-01T00:00:00Z"') where topic = 'coreDebit'`,
        );
        await restore(life.copy);
        await expectPaidOnce(life, '0.00');
      });
    }

    it('that was only scanned is neither closed nor refused for ever: the customer’s confirm finds the PS and the core as they are', async () => {
      const life = await lived('scanned');
      await restore(life.copy);
      const { customer, id, purchase } = life;
      const before = await recovery();
      expect(before).toMatchObject({ status: 'ACTIVE', closedPayments: [], openRefunds: [], deferredRefunds: [] });
      expect(before.openPayments).toMatchObject([{ id, debitAtCore: atCore ? 'DONE' : null }]);

      expectProblem((await (await app(customer)).cancel(id)) as never, 503, 'RECOVERY');
      expect(await running().app.get(Expiry, { strict: false }).expireDue()).toBe(0);
      const ps = new PsRefunds(`${running().kaspiUrl}/refund`);
      const refund = { refundId: `after-${id}`, customerId: customer, paymentId: purchase, refundAmount: '10.00' };
      expect(await ps.refund(refund)).toMatchObject({ status: 503, text: '' });
      expect(await ps.refund({ ...refund, paymentId: 'unknown', refundId: `unknown-${id}` })).toMatchObject({
        status: 503,
      });
      expect((await recovery()).deferredRefunds).toMatchObject([
        { refundId: refund.refundId, refusal: 'NOT_DEBITED' },
        { refundId: `unknown-${id}`, refusal: 'UNKNOWN_PAYMENT' },
      ]);

      await (await app(customer)).confirm(id);
      await expectPaidOnce(life, '0.00');
      expect((await recovery()).closedPayments).toMatchObject([{ id, status: 'CONFIRMED' }]);
      expect(await ps.refund({ ...refund, refundAmount: '1000.00' })).toMatchObject({ status: 503 });
      expect(await ps.refund(refund)).toMatchObject({ status: 200, result: { resultCode: 'SUCCESS' } });
      expect((await recovery()).deferredRefunds).toMatchObject([{ refundId: `unknown-${id}` }]);

      const ended = await operator<Recovery>('POST', 'recovery/end', { reason: REASON });
      expect(ended).toMatchObject({
        status: 200,
        body: { status: 'ENDED', endedBy: expect.any(String), reason: REASON },
      });
      expect(await operator('POST', 'recovery/end', { reason: REASON })).toMatchObject({ status: 200 });
      expectProblem(await operator('POST', 'recovery/end', { reason: 'another reason' }), 409, 'STATE_CONFLICT');
      expect(await query(`select action, reason from access_audit where action = 'RECOVERY_ENDED'`)).toEqual([
        { action: 'RECOVERY_ENDED', reason: REASON },
      ]);
      expect(await ps.refund({ ...refund, paymentId: 'unknown', refundId: `unknown-${id}` })).toMatchObject({
        status: 200,
        result: { resultCode: 'PARAM_ILLEGAL' },
      });
    });

    if (!atCore) {
      it('declines nobody for lack of money while their payment may have been paid', async () => {
        const life = await lived('scanned');
        await restore(life.copy);
        const { customer, id } = life;
        const spent = (await scan(customer, '1000.00')).id;
        await (await app(customer)).confirm(spent);
        await untilStatus(customer, spent, 'CONFIRMED');
        expectProblem((await (await app(customer)).confirm(id)) as never, 503, 'RECOVERY');
        expect((await (await app(customer)).payment(id)).body.status).toBe('AWAITING_CONFIRMATION');
      });
    }

    it('that had closed a purchase, and forgot it, does not take the PS’s SUCCESS to another customer for a payment (R38)', async () => {
      await start(await createDatabase());
      const [first, second] = [await newCustomer(), await newCustomer()];
      const { id: closed, qrCode } = await scan(first);
      const { id } = (await (await app(second)).scan(qrCode)).body.payment;
      const copy = await backup();
      await (await app(first)).cancel(closed);
      await until(
        'the purchase is closed',
        () => purchases()[0]?.status,
        (status) => status === 'CLOSED',
      );
      await restore(copy);
      await (await app(second)).confirm(id);
      await until(
        'the PS has answered',
        () =>
          query(
            `select 1 from kaspi_calls where method = 'notifyPayment' and payment_id = $1 and result_code = 'SUCCESS'`,
            [id],
          ),
        (rows) => rows.length > 1,
      );
      expect((await (await app(second)).payment(id)).body.status).toBe('PROCESSING');
      await operator('POST', 'recovery/end', { reason: REASON });
      const calls = (await query('select 1 from kaspi_calls where payment_id = $1', [id])).length;
      await until(
        'it is asked again',
        () => query('select 1 from kaspi_calls where payment_id = $1', [id]),
        (rows) => rows.length > calls + 2,
      );
      expect((await (await app(second)).payment(id)).body.status).toBe('PROCESSING');
    });

    it('does not begin a recovery again after it was ended, and one that was not is gone on with', async () => {
      const from = new Date(Date.now() - 1000).toISOString();
      await start(await createDatabase(), { RECOVERED_FROM: from });
      await restart();
      expect((await recovery()).status).toBe('ACTIVE');
      await operator('POST', 'recovery/end', { reason: REASON });
      await restart({ RECOVERED_FROM: from });
      expect((await recovery()).status).toBe('ENDED');
    });

    it('never had a recovery otherwise: there is none to end', async () => {
      await start(await createDatabase());
      expect((await recovery()).status).toBe('NONE');
      expectProblem(await operator('POST', 'recovery/end', { reason: REASON }), 409, 'STATE_CONFLICT');
    });
  },
);
