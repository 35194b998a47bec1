import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { ID, OTHER, POLL_MS, paymentWatchFixture, state, view } from '../../../test/support/payment-watch-fixture.js';
import { isFinal, PAYMENT_STATUSES } from '../domain/transitions.js';

describe('a wait for a payment', () => {
  const { fixture, pass } = paymentWatchFixture();

  describe('to be final', () => {
    it.each(PAYMENT_STATUSES.filter(isFinal))('ends at once when this process makes it %s', async (status) => {
      const waiting = state(fixture.watch.untilFinal(ID, 5000));
      fixture.watch.notifyChanged([view(status)]);
      await pass(0);
      expect(waiting.now).toEqual(view(status));
      expect(fixture.payments.polls).toEqual([]);
    });

    it('does not end for a status that is not final, nor for another payment', async () => {
      const waiting = state(fixture.watch.untilFinal(ID, 5000));
      fixture.watch.notifyChanged([view('IN_DOUBT'), view('CONFIRMED', { id: OTHER })]);
      await pass(4999);
      expect(waiting.now).toBe('waits');
      await pass(1);
      expect(waiting.now).toBeNull();
    });

    it('ends without the payment if another process made it final', async () => {
      const waiting = state(fixture.watch.untilFinal(ID, 5000));
      await pass(POLL_MS);
      expect(waiting.now).toBe('waits');
      fixture.payments.set(ID, 'CONFIRMED', 2);
      await pass(POLL_MS);
      expect(waiting.now).toBeNull();
    });

    it('ends after its time, before later changes', async () => {
      const waiting = state(fixture.watch.untilFinal(ID, 50));
      await pass(50);
      expect(waiting.now).toBeNull();
      fixture.watch.notifyChanged([view('CONFIRMED')]);
      await pass(0);
      expect(waiting.now).toBeNull();
    });

    it('ends together with all other waits for the payment', async () => {
      const [one, two, other] = [ID, ID, OTHER].map((id) => state(fixture.watch.untilFinal(id, 5000)));
      fixture.watch.notifyChanged([view('REVERSED')]);
      await pass(0);
      expect([one?.now, two?.now, other?.now]).toEqual([view('REVERSED'), view('REVERSED'), 'waits']);
      await pass(5000);
    });
  });

  describe('to be newer than a version', () => {
    const never = () => new AbortController().signal;

    it('ends at once with each newer version, final or not', async () => {
      const waiting = state(fixture.watch.untilNewer(ID, 1, never()));
      fixture.watch.notifyChanged([view('PROCESSING', { version: 1 })]);
      await pass(0);
      expect(waiting.now).toBe('waits');
      fixture.watch.notifyChanged([view('PROCESSING', { version: 2 })]);
      await pass(0);
      expect(waiting.now).toEqual(view('PROCESSING', { version: 2 }));
    });

    it('ends without the payment if another process changed it, however long ago', async () => {
      const waiting = state(fixture.watch.untilNewer(ID, 1, never()));
      await pass(60_000);
      expect(waiting.now).toBe('waits');
      fixture.payments.set(ID, 'PROCESSING', 2);
      await pass(POLL_MS);
      expect(waiting.now).toBeNull();
    });

    it('ends for a change between the read and the wait', async () => {
      fixture.payments.set(ID, 'CONFIRMED', 2);
      const waiting = state(fixture.watch.untilNewer(ID, 1, never()));
      await pass(POLL_MS);
      expect(waiting.now).toBeNull();
    });

    it('ends when the client disconnects, and leaves no listener', async () => {
      const gone = new AbortController();
      const waiting = state(fixture.watch.untilNewer(ID, 1, gone.signal));
      gone.abort();
      await pass(0);
      expect(waiting.now).toBe('ended');
    });

    it('ends at once for a client that has disconnected, without a read', async () => {
      expect(await fixture.watch.untilNewer(ID, 1, AbortSignal.abort())).toBe('ended');
      await pass(1000);
      expect(fixture.payments.polls).toEqual([]);
    });

    it('does not accumulate listeners on the signal', async () => {
      const { signal } = new AbortController();
      for (let version = 1; version <= 20; version++) {
        const waiting = fixture.watch.untilNewer(ID, version, signal);
        fixture.watch.notifyChanged([view('PROCESSING', { version: version + 1 })]);
        await waiting;
      }
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    });
  });

  describe('when the process ends', () => {
    it('ends first for event streams; confirms are answered last', async () => {
      const follows = state(fixture.watch.untilNewer(ID, 1, new AbortController().signal));
      const confirms = state(fixture.watch.untilFinal(ID, 5000));
      fixture.watch.beforeApplicationShutdown();
      await pass(0);
      expect([follows.now, confirms.now]).toEqual(['ended', 'waits']);
      fixture.watch.onApplicationShutdown();
      await pass(0);
      expect(confirms.now).toBeNull();
    });

    it('ends with the payments that are confirmed until then', async () => {
      const confirms = state(fixture.watch.untilFinal(ID, 5000));
      fixture.watch.beforeApplicationShutdown();
      fixture.watch.notifyChanged([view('CONFIRMED')]);
      await pass(0);
      expect(confirms.now).toEqual(view('CONFIRMED'));
    });

    it('ends at once for a new event stream', async () => {
      fixture.watch.beforeApplicationShutdown();
      expect(await fixture.watch.untilNewer(ID, 1, new AbortController().signal)).toBe('ended');
    });
  });

  it('is counted: open waits of confirms and event streams together', async () => {
    const waiters = async () => /^mpp_payment_waiters (\d+)$/m.exec(await fixture.metrics.text())?.[1];
    expect(await waiters()).toBe('0');
    const waiting = [
      fixture.watch.untilFinal(ID, 5000),
      fixture.watch.untilNewer(OTHER, 1, new AbortController().signal),
    ];
    expect(await waiters()).toBe('2');
    fixture.watch.notifyChanged([view('CONFIRMED')]);
    expect(await waiters()).toBe('1');
    fixture.watch.notifyChanged([view('PROCESSING', { id: OTHER, version: 2 })]);
    await Promise.all(waiting);
    expect(await waiters()).toBe('0');
  });
});
