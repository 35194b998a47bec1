import { describe, expect, it } from '@jest/globals';
import { ID, OTHER, POLL_MS, paymentWatchFixture, state, view } from '../../../test/support/payment-watch-fixture.js';

describe('a wait for a payment', () => {
  const { fixture, pass } = paymentWatchFixture();

  describe('costs', () => {
    it('nothing without waiters', async () => {
      fixture.watch.notifyChanged([view('CONFIRMED')]);
      await pass(10_000);
      expect(fixture.payments.polls).toEqual([]);
      const waiting = fixture.watch.untilFinal(ID, 5000);
      fixture.watch.notifyChanged([view('CONFIRMED')]);
      await waiting;
      await pass(10_000);
      expect(fixture.payments.polls).toEqual([]);
    });

    it('one small read every 100 ms for all waiters, each payment once', async () => {
      const all = [ID, OTHER, ID, ID].map((id) => fixture.watch.untilFinal(id, 10 * POLL_MS + 50));
      await pass(10 * POLL_MS);
      expect(fixture.payments.polls).toEqual(Array.from({ length: 10 }, () => [ID, OTHER]));
      await pass(50);
      expect(await Promise.all(all)).toEqual([null, null, null, null]);
    });

    it('no second read while the first is running', async () => {
      const { promise, resolve: answer } = Promise.withResolvers<void>();
      fixture.payments.answer = () => promise;
      const waiting = state(fixture.watch.untilFinal(ID, 5000));
      await pass(1000);
      expect(fixture.payments.polls).toHaveLength(1);
      fixture.payments.answer = async () => undefined;
      answer();
      await pass(POLL_MS);
      expect(fixture.payments.polls).toHaveLength(2);
      fixture.watch.notifyChanged([view('CONFIRMED')]);
      await pass(0);
      expect(waiting.now).toEqual(view('CONFIRMED'));
    });

    it('no wait if a read fails: the next read succeeds', async () => {
      fixture.payments.answer = () => Promise.reject(new Error('the database is away'));
      const waiting = state(fixture.watch.untilFinal(ID, 5000));
      fixture.payments.set(ID, 'CONFIRMED', 2);
      await pass(3 * POLL_MS);
      expect([waiting.now, fixture.payments.polls.length]).toEqual(['waits', 3]);
      fixture.payments.answer = async () => undefined;
      await pass(POLL_MS);
      expect(waiting.now).toBeNull();
    });
  });
});
