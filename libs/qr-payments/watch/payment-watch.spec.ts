import { getEventListeners } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { PaymentId } from '@mpp/kernel';
import { type Database, Metrics } from '@mpp/platform';
import { Logger } from '@nestjs/common';
import { paymentThatIs } from '../../../test/support/payments.js';
import type { Payment } from '../domain/payment.js';
import { isFinal, PAYMENT_STATUSES, type PaymentStatus } from '../domain/transitions.js';
import { type PaymentState, PaymentsRepository } from '../persistence/payments.repository.js';
import { type PaymentView, PaymentWatch } from './payment-watch.js';

const ID = '019a0000-0000-7000-8000-000000000001' as PaymentId;
const OTHER = '019a0000-0000-7000-8000-000000000009' as PaymentId;
const POLL_MS = 100;

const view = (status: PaymentStatus, changes: Partial<Payment> = {}): PaymentView => ({
  payment: paymentThatIs(status, { id: ID, ...changes }),
  receipt: null,
});

/** The states of payments in the database, as other processes write them, and the number of reads. */
class ScriptedPayments extends PaymentsRepository {
  readonly polls: (readonly PaymentId[])[] = [];
  readonly rows = new Map<PaymentId, PaymentState>();
  answer: () => Promise<void> = async () => undefined;

  constructor() {
    super(undefined as unknown as Database);
  }

  set(id: PaymentId, status: PaymentStatus, version: number): void {
    this.rows.set(id, { id, status, version });
  }

  override async findStates(ids: readonly PaymentId[]): Promise<PaymentState[]> {
    this.polls.push(ids);
    await this.answer();
    return ids.flatMap((id) => this.rows.get(id) ?? []);
  }
}

/** The result of a promise so far; 'waits' without one. */
function state<T>(promise: Promise<T>): { now: T | 'waits' } {
  const seen: { now: T | 'waits' } = { now: 'waits' };
  void promise.then((value) => {
    seen.now = value;
  });
  return seen;
}

describe('a wait for a payment', () => {
  let payments: ScriptedPayments;
  let watch: PaymentWatch;
  let metrics: Metrics;

  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(['fatal', 'error', 'warn', 'log']));

  beforeEach(() => {
    jest.useFakeTimers();
    payments = new ScriptedPayments();
    payments.set(ID, 'PROCESSING', 1);
    payments.set(OTHER, 'PROCESSING', 1);
    metrics = new Metrics();
    watch = new PaymentWatch(payments, metrics);
  });

  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);

  describe('to be final', () => {
    it.each(PAYMENT_STATUSES.filter(isFinal))('ends at once when this process makes it %s', async (status) => {
      const waiting = state(watch.untilFinal(ID, 5000));
      watch.notifyChanged([view(status)]);
      await pass(0);
      expect(waiting.now).toEqual(view(status));
      expect(payments.polls).toEqual([]);
    });

    it('does not end for a status that is not final, nor for another payment', async () => {
      const waiting = state(watch.untilFinal(ID, 5000));
      watch.notifyChanged([view('IN_DOUBT'), view('CONFIRMED', { id: OTHER })]);
      await pass(4999);
      expect(waiting.now).toBe('waits');
      await pass(1);
      expect(waiting.now).toBeNull();
    });

    it('ends without the payment if another process made it final', async () => {
      const waiting = state(watch.untilFinal(ID, 5000));
      await pass(POLL_MS);
      expect(waiting.now).toBe('waits');
      payments.set(ID, 'CONFIRMED', 2);
      await pass(POLL_MS);
      expect(waiting.now).toBeNull();
    });

    it('ends after its time, before later changes', async () => {
      const waiting = state(watch.untilFinal(ID, 50));
      await pass(50);
      expect(waiting.now).toBeNull();
      watch.notifyChanged([view('CONFIRMED')]);
      await pass(0);
      expect(waiting.now).toBeNull();
    });

    it('ends together with all other waits for the payment', async () => {
      const [one, two, other] = [ID, ID, OTHER].map((id) => state(watch.untilFinal(id, 5000)));
      watch.notifyChanged([view('REVERSED')]);
      await pass(0);
      expect([one?.now, two?.now, other?.now]).toEqual([view('REVERSED'), view('REVERSED'), 'waits']);
      await pass(5000);
    });
  });

  describe('to be newer than a version', () => {
    const never = () => new AbortController().signal;

    it('ends at once with each newer version, final or not', async () => {
      const waiting = state(watch.untilNewer(ID, 1, never()));
      watch.notifyChanged([view('PROCESSING', { version: 1 })]);
      await pass(0);
      expect(waiting.now).toBe('waits');
      watch.notifyChanged([view('PROCESSING', { version: 2 })]);
      await pass(0);
      expect(waiting.now).toEqual(view('PROCESSING', { version: 2 }));
    });

    it('ends without the payment if another process changed it, however long ago', async () => {
      const waiting = state(watch.untilNewer(ID, 1, never()));
      await pass(60_000);
      expect(waiting.now).toBe('waits');
      payments.set(ID, 'PROCESSING', 2);
      await pass(POLL_MS);
      expect(waiting.now).toBeNull();
    });

    it('ends for a change between the read and the wait', async () => {
      payments.set(ID, 'CONFIRMED', 2);
      const waiting = state(watch.untilNewer(ID, 1, never()));
      await pass(POLL_MS);
      expect(waiting.now).toBeNull();
    });

    it('ends when the client disconnects, and leaves no listener', async () => {
      const gone = new AbortController();
      const waiting = state(watch.untilNewer(ID, 1, gone.signal));
      gone.abort();
      await pass(0);
      expect(waiting.now).toBe('ended');
    });

    it('ends at once for a client that has disconnected, without a read', async () => {
      expect(await watch.untilNewer(ID, 1, AbortSignal.abort())).toBe('ended');
      await pass(1000);
      expect(payments.polls).toEqual([]);
    });

    it('does not accumulate listeners on the signal', async () => {
      const { signal } = new AbortController();
      for (let version = 1; version <= 20; version++) {
        const waiting = watch.untilNewer(ID, version, signal);
        watch.notifyChanged([view('PROCESSING', { version: version + 1 })]);
        await waiting;
      }
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    });
  });

  describe('when the process ends', () => {
    it('ends first for event streams; confirms are answered last', async () => {
      const follows = state(watch.untilNewer(ID, 1, new AbortController().signal));
      const confirms = state(watch.untilFinal(ID, 5000));
      watch.beforeApplicationShutdown();
      await pass(0);
      expect([follows.now, confirms.now]).toEqual(['ended', 'waits']);
      watch.onApplicationShutdown();
      await pass(0);
      expect(confirms.now).toBeNull();
    });

    it('ends with the payments that are confirmed until then', async () => {
      const confirms = state(watch.untilFinal(ID, 5000));
      watch.beforeApplicationShutdown();
      watch.notifyChanged([view('CONFIRMED')]);
      await pass(0);
      expect(confirms.now).toEqual(view('CONFIRMED'));
    });

    it('ends at once for a new event stream', async () => {
      watch.beforeApplicationShutdown();
      expect(await watch.untilNewer(ID, 1, new AbortController().signal)).toBe('ended');
    });
  });

  it('is counted: open waits of confirms and event streams together', async () => {
    const waiters = async () => /^mpp_payment_waiters (\d+)$/m.exec(await metrics.text())?.[1];
    expect(await waiters()).toBe('0');
    const waiting = [watch.untilFinal(ID, 5000), watch.untilNewer(OTHER, 1, new AbortController().signal)];
    expect(await waiters()).toBe('2');
    watch.notifyChanged([view('CONFIRMED')]);
    expect(await waiters()).toBe('1');
    watch.notifyChanged([view('PROCESSING', { id: OTHER, version: 2 })]);
    await Promise.all(waiting);
    expect(await waiters()).toBe('0');
  });

  describe('costs', () => {
    it('nothing without waiters', async () => {
      watch.notifyChanged([view('CONFIRMED')]);
      await pass(10_000);
      expect(payments.polls).toEqual([]);
      const waiting = watch.untilFinal(ID, 5000);
      watch.notifyChanged([view('CONFIRMED')]);
      await waiting;
      await pass(10_000);
      expect(payments.polls).toEqual([]);
    });

    it('one small read every 100 ms for all waiters, each payment once', async () => {
      const all = [ID, OTHER, ID, ID].map((id) => watch.untilFinal(id, 10 * POLL_MS + 50));
      await pass(10 * POLL_MS);
      expect(payments.polls).toEqual(Array.from({ length: 10 }, () => [ID, OTHER]));
      await pass(50);
      expect(await Promise.all(all)).toEqual([null, null, null, null]);
    });

    it('no second read while the first is running', async () => {
      const { promise, resolve: answer } = Promise.withResolvers<void>();
      payments.answer = () => promise;
      const waiting = state(watch.untilFinal(ID, 5000));
      await pass(1000);
      expect(payments.polls).toHaveLength(1);
      payments.answer = async () => undefined;
      answer();
      await pass(POLL_MS);
      expect(payments.polls).toHaveLength(2);
      watch.notifyChanged([view('CONFIRMED')]);
      await pass(0);
      expect(waiting.now).toEqual(view('CONFIRMED'));
    });

    it('no wait if a read fails: the next read succeeds', async () => {
      payments.answer = () => Promise.reject(new Error('the database is away'));
      const waiting = state(watch.untilFinal(ID, 5000));
      payments.set(ID, 'CONFIRMED', 2);
      await pass(3 * POLL_MS);
      expect([waiting.now, payments.polls.length]).toEqual(['waits', 3]);
      payments.answer = async () => undefined;
      await pass(POLL_MS);
      expect(waiting.now).toBeNull();
    });
  });
});
