import { describe, expect, it } from '@jest/globals';
import { Money } from '@mpp/kernel';
import { decisionFixture, NOW } from '../../../test/support/decision-fixture.js';
import { decideCancel } from '../domain/cancel.js';
import { expired } from '../domain/confirm.js';
import { failed } from '../domain/failure.js';
import { type Payment, transition } from '../domain/payment.js';

/** The statement that moves money, against every change since the payment was read. */
describe('the statement that writes a decision', () => {
  const { fixture, customer, scan, debit, traces, ALL_TRACES, balance, NO_TRACES, violation, write } =
    decisionFixture();

  const read = async ({ id, customerId }: Payment) => {
    const payment = await fixture.payments.findPayment(customerId, id);
    if (payment === null) throw new Error(`payment ${id} is gone`);
    return payment;
  };

  describe('that debits', () => {
    it('writes status, journal, history, message and the attempt’s record together', async () => {
      const alia = await customer();
      const payment = await scan(alia);
      expect(await debit(payment, alia)).toBe(true);
      expect(await traces(payment)).toEqual(ALL_TRACES);
      expect(await read(payment)).toMatchObject({ status: 'PROCESSING', version: 1, expiresAt: null, debitedAt: NOW });
    });

    it('debits the amount that the customer entered for a Static payment', async () => {
      const alia = await customer();
      const payment = await scan(alia, 'Static');
      expect(payment).toMatchObject({ status: 'AWAITING_AMOUNT', amount: null });
      expect(await debit(payment, alia, null, Money.parse('150.00'))).toBe(true);
      expect((await read(payment)).amount?.toString()).toBe('150.00');
      expect(await balance(alia)).toBe('850.00');
    });

    it('writes nothing if the payment changed since it was read: a price that the customer has not seen is not debited', async () => {
      const alia = await customer();
      const seen = await scan(alia);
      const { kaspiPaymentId } = seen;
      const refreshed = await scan(alia, 'Dynamic', { kaspiPaymentId, amount: Money.parse('250.00') });
      expect(refreshed).toMatchObject({ id: seen.id, version: seen.version + 1 });
      expect(await debit(seen, alia)).toBe(false);
      expect(await traces(seen)).toEqual(NO_TRACES);
      expect(await debit(refreshed, alia)).toBe(true);
      expect(await balance(alia)).toBe('750.00');
    });

    it('writes nothing if the payment has another status than was read', async () => {
      const alia = await customer();
      const payment = await scan(alia);
      const misread = { ...payment, status: 'AWAITING_AMOUNT' as const };
      expect(await debit(misread, alia)).toBe(false);
      expect(await traces(payment)).toEqual(NO_TRACES);
    });

    it('writes nothing the second time', async () => {
      const alia = await customer();
      const payment = await scan(alia);
      expect((await Promise.all([debit(payment, alia), debit(payment, alia)])).sort()).toEqual([false, true]);
      expect(await traces(payment)).toEqual(ALL_TRACES);
      expect(await balance(alia)).toBe('900.00');
    });

    it('fails as a whole if the money has been spent', async () => {
      const alia = await customer('99.99');
      const payment = await scan(alia);
      expect(await violation(debit(payment, alia))).toBe('ledger_accounts_no_overdraft');
      expect(await traces(payment)).toEqual(NO_TRACES);
      expect(await read(payment)).toEqual(payment);
    });

    it('fails as a whole if the account is another customer’s, or has been blocked', async () => {
      const [alia, bekzat] = [await customer(), await customer()];
      const payment = await scan(alia);
      expect(await violation(debit(payment, bekzat))).toBe('qr_payments_account_usable');
      await fixture.database.query(`update ledger_accounts set status = 'BLOCKED' where id = $1`, [alia.from]);
      expect(await violation(debit(payment, alia))).toBe('qr_payments_account_usable');
      expect(await traces(payment)).toEqual(NO_TRACES);
      expect(await read(payment)).toEqual(payment);
      expect(await balance(bekzat)).toBe('1000.00');
    });

    it('fails as a whole if another customer has paid the purchase (R33)', async () => {
      const [alia, bekzat] = [await customer(), await customer()];
      const scanned = await scan(alia);
      const second = await scan(bekzat, 'Dynamic', { kaspiPaymentId: scanned.kaspiPaymentId });
      // Bekzat's scan is the PS's last answer for Alia, too (R43).
      const first = (await read(scanned)) ?? scanned;
      expect(await debit(first, alia)).toBe(true);
      expect(await violation(debit(second, bekzat))).toBe('qr_payments_one_result');
      expect(await traces(second)).toEqual(NO_TRACES);
      expect(await balance(bekzat)).toBe('1000.00');
    });
  });

  describe('that debits nothing', () => {
    it('expires with status and history, and without a notify', async () => {
      const alia = await customer();
      const payment = await scan(alia);
      expect(await write(payment, expired(payment, NOW))).toBe(true);
      expect(await traces(payment)).toEqual({ ...NO_TRACES, history: 2 });
      expect(await read(payment)).toMatchObject({ status: 'EXPIRED', failure: failed('CONFIRMED_TOO_LATE') });
    });

    it('declines with a notify and a reason', async () => {
      const alia = await customer();
      const payment = await scan(alia);
      const outcome = { failure: failed('LIMIT_EXCEEDED'), notifyResult: 'RISK_REJECT' } as const;
      expect(await write(payment, transition(payment, 'declined', NOW, outcome))).toBe(true);
      expect(await traces(payment)).toEqual({ ...ALL_TRACES, entries: 0 });
      const reasons = 'select status, reason from qr_payment_history where payment_id = $1 order by version';
      expect(await fixture.database.query(reasons, [payment.id])).toEqual([
        { status: 'AWAITING_CONFIRMATION', reason: null },
        { status: 'DECLINED', reason: 'LIMIT_EXCEEDED' },
      ]);
      expect(await balance(alia)).toBe('1000.00');
    });

    it('cancels an expired payment: it stays EXPIRED, the PS is notified once, and the history has no new line', async () => {
      const alia = await customer();
      const payment = await scan(alia, 'Custom');
      const over = expired(payment, NOW);
      await write(payment, over);
      const [first, second] = [decideCancel(over, 'open', NOW), decideCancel(over, 'open', NOW)];
      if (first.kind !== 'write' || second.kind !== 'write') throw new Error('the PS gets no notify');
      expect(await write(over, first.payment)).toBe(true);
      expect(await write(over, second.payment)).toBe(false);
      expect(await read(payment)).toEqual(first.payment);
      expect(await traces(payment)).toEqual({ entries: 0, messages: 1, exchanges: 1, history: 2 });
    });

    it('writes nothing if there is a notify already: a payment has one notify (R35)', async () => {
      const alia = await customer();
      const payment = await scan(alia);
      const gone = transition(payment, 'cancelled', NOW, { notifyResult: 'CANCELLED_BY_CLIENT' });
      expect(await write(payment, gone)).toBe(true);
      expect(await write(gone, { ...gone, version: gone.version + 1 })).toBe(false);
      expect(await traces(payment)).toEqual({ entries: 0, messages: 1, exchanges: 1, history: 2 });
    });

    it('or a debit is written, of two at the same moment, never both', async () => {
      const alia = await customer();
      const payment = await scan(alia);
      const gone = decideCancel(payment, 'open', NOW);
      if (gone.kind !== 'write') throw new Error('the PS gets no notify');
      const written = await Promise.all([debit(payment, alia), write(payment, gone.payment)]);
      expect([...written].sort()).toEqual([false, true]);
      const [debited] = written;
      expect(await read(payment)).toMatchObject({ notifyResult: debited ? 'SUCCESS' : 'CANCELLED_BY_CLIENT' });
      expect(await balance(alia)).toBe(debited ? '900.00' : '1000.00');
    });
  });
});
