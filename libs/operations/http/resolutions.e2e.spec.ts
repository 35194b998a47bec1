import { describe, expect, it } from '@jest/globals';
import { LINKS, refusal } from '../../../test/support/kaspi-peer.js';
import { IN_DOUBT_AFTER_MS, operatorPayments, type Part, SUCCESS } from '../../../test/support/operator-payments.js';
import { expectProblem } from '../../../test/support/problems.js';

const IN_TRANSIT = { id: '00000000-0000-7000-8000-000000000002', account: 'IN_TRANSIT' };
const PAYABLE = { id: '00000000-0000-7000-8000-000000000003', account: 'PAYABLE_TO_KASPI' };
const DIFFERENCES = { id: '00000000-0000-7000-8000-000000000004', account: 'DIFFERENCES' };

const { fixture, clock, customer, drain, scan, pay, doubted, post, detailsOf, resolve, found } = operatorPayments();

describe('operators', () => {
  describe('settle a payment in doubt', () => {
    it('as confirmed: the money is owed to Kaspi, and the notify continues for the receipt', async () => {
      const alia = await customer();
      const id = await doubted(alia);
      expect(await found(`status=IN_DOUBT&customerId=${alia.id}`)).toEqual([id]);
      const at = clock.now().toISOString();
      const resolved = await resolve(id, 'CONFIRMED', 'Kaspi support: paid');
      expect(resolved.status).toBe(200);
      expect(resolved.body).toMatchObject({
        status: 'CONFIRMED',
        settledBy: 'OPERATOR',
        doubtedAt: at,
        confirmedAt: at,
        receipt: null,
        exchanges: [{ method: 'scan' }, { attempt: 1, outcome: 'UNKNOWN', meaning: null }, { attempt: 2 }],
        entries: [{ purpose: 'PAYMENT' }, { purpose: 'SETTLEMENT', debit: IN_TRANSIT, credit: PAYABLE }],
        messages: [{ status: 'WAITING', attempts: 2 }],
      });
      const audited = { actor: 'aigerim', action: 'PAYMENT_RESOLVED', reason: 'Kaspi support: paid' };
      expect(resolved.body.audit).toEqual([{ ...audited, at, details: { outcome: 'CONFIRMED' } }]);
      expect(await detailsOf(id)).toEqual(resolved.body);
      expect(await alia.balance()).toBe('900.00');

      fixture.notify = () => ({ json: { result: SUCCESS, ...LINKS } });
      expect(await post(`outbox/${resolved.body.messages[0]?.id}/retry`)).toMatchObject({ status: 200 });
      await drain();
      expect(await detailsOf(id)).toMatchObject({
        receipt: LINKS,
        contradiction: null,
        messages: [{ status: 'DONE', attempts: 3 }],
        audit: [{ action: 'PAYMENT_RESOLVED' }, { action: 'OUTBOX_RETRIED' }],
      });
    });

    it('as reversed: the customer gets the money back, and Kaspi is notified no more', async () => {
      const alia = await customer();
      const id = await doubted(alia);
      const resolved = await resolve(id, 'REVERSED');
      const hers = { id: alia.account, account: 'CUSTOMER' };
      expect(resolved.body).toMatchObject({
        status: 'REVERSED',
        settledBy: 'OPERATOR',
        failure: { code: 'NOT_CONFIRMED', kaspiResultCode: null, meaning: null },
        history: [
          { status: 'AWAITING_CONFIRMATION' },
          { status: 'PROCESSING' },
          { status: 'IN_DOUBT' },
          { status: 'REVERSED', reason: 'NOT_CONFIRMED' },
        ],
        entries: [{ purpose: 'PAYMENT' }, { purpose: 'REVERSAL', debit: IN_TRANSIT, credit: hers }],
        messages: [{ status: 'DONE' }],
        audit: [{ actor: 'aigerim', details: { outcome: 'REVERSED' } }],
      });
      expect(await alia.balance()).toBe('1000.00');

      const notifies = fixture.kaspi.of('notifyPayment').length;
      clock.advance(IN_DOUBT_AFTER_MS);
      expectProblem(await post(`outbox/${resolved.body.messages[0]?.id}/retry`), 409, 'STATE_CONFLICT');
      expect(await drain()).toMatchObject({ claimed: 0 });
      expect(fixture.kaspi.of('notifyPayment')).toHaveLength(notifies);
      expect(await detailsOf(id)).toEqual(resolved.body);
    });

    it.each(['CONFIRMED', 'REVERSED'])(
      'once: a payment settled as %s cannot change; the same call again is answered as before, another one is 409',
      async (outcome) => {
        const alia = await customer();
        const id = await doubted(alia);
        expect(await resolve(id, outcome)).toMatchObject({ status: 200 });
        const before = await detailsOf(id);
        expect(await resolve(id, outcome)).toMatchObject({ status: 200, body: before });
        expectProblem(await resolve(id, outcome, 'case 4712'), 409, 'STATE_CONFLICT');
        expectProblem(await resolve(id, outcome === 'CONFIRMED' ? 'REVERSED' : 'CONFIRMED'), 409, 'STATE_CONFLICT');
        expect(await detailsOf(id)).toEqual(before);
      },
    );

    it('and no other payment: 409 for one that waits for its customer or for Kaspi', async () => {
      const [alia, bekzat] = [await customer(), await customer()];
      fixture.notify = () => 'reset';
      for (const id of [await scan(alia), await pay(bekzat)]) {
        const before = await detailsOf(id);
        expectProblem(await resolve(id, 'REVERSED'), 409, 'STATE_CONFLICT');
        expect(await detailsOf(id)).toEqual(before);
      }
    });

    it('and see a later contradiction of Kaspi among the differences', async () => {
      const alia = await customer();
      const id = await doubted(alia);
      await resolve(id, 'CONFIRMED');
      fixture.notify = () => refusal('RISK_REJECT');
      clock.advance(IN_DOUBT_AFTER_MS);
      await drain();
      const other = await scan(alia, `other-${alia.id}`);
      expect(await found('contradicted=true')).toEqual([id]);
      expect(await found(`contradicted=false&customerId=${alia.id}`)).toEqual([other, id]);
      const meaning = 'Kaspi’s risk control refused the purchase.';
      const read = await detailsOf(id);
      expect(read).toMatchObject({
        status: 'CONFIRMED',
        contradiction: { resultCode: 'RISK_REJECT', at: clock.now().toISOString(), meaning },
      });
      expect((read.entries as Part[])[2]).toMatchObject({ purpose: 'DIFFERENCE', debit: PAYABLE, credit: DIFFERENCES });
    });

    it.each([
      ['without a reason', { outcome: 'REVERSED' }, 'reason'],
      ['with a reason of two characters', { outcome: 'REVERSED', reason: 'ok' }, 'reason'],
      ['with a reason of 501 characters', { outcome: 'REVERSED', reason: 'ж'.repeat(501) }, 'reason'],
      ['with a blank reason', { outcome: 'REVERSED', reason: ' \u00a0\u2003 ' }, 'reason'],
      ['with a line break in the reason', { outcome: 'REVERSED', reason: 'case\n4711' }, 'reason'],
      ['with a NUL in the reason', { outcome: 'REVERSED', reason: 'case\0 4711' }, 'reason'],
      ['with a number as the reason', { outcome: 'REVERSED', reason: 4711 }, 'reason'],
      ['without an outcome', { reason: 'case 4711' }, 'outcome'],
      ['with an unknown outcome', { outcome: 'IN_DOUBT', reason: 'case 4711' }, 'outcome'],
    ])('but not %s: 400', async (_, body, field) => {
      const id = await doubted(await customer());
      const answer = await post(`payments/${id}/resolve`, body);
      expectProblem(answer, 400, 'VALIDATION_FAILED');
      expect(new Set(answer.body.errors?.map((error) => error.field))).toEqual(new Set([field]));
      expect(await detailsOf(id)).toMatchObject({ status: 'IN_DOUBT', audit: [] });
    });
  });

  it('leave balanced books', async () => {
    expect(await fixture.server.mpp.trialBalance()).toMatchObject({ balanced: true });
  });
});
