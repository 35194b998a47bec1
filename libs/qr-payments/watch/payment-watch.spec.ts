import { getEventListeners } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { PaymentId } from '@mpp/kernel';
import { type Database, Metrics } from '@mpp/platform';
import { Logger } from '@nestjs/common';
import { paymentThatIs } from '../../../test/support/payments.js';
import type { Payment } from '../domain/payment.js';
import { isFinal, PAYMENT_STATUSES, type PaymentStatus } from '../domain/transitions.js';
import { PaymentsRepository, type Standing } from '../persistence/payments.repository.js';
import { type PaymentView, PaymentWatch } from './payment-watch.js';

const ID = '019a0000-0000-7000-8000-000000000001' as PaymentId;
const OTHER = '019a0000-0000-7000-8000-000000000009' as PaymentId;
const POLL_MS = 100;

const view = (status: PaymentStatus, changes: Partial<Payment> = {}): PaymentView => ({
  payment: paymentThatIs(status, { id: ID, ...changes }),
  receipt: null,
});

/** Where payments stand in the database, as other processes leave them; and how often it was looked at. */
class Standings extends PaymentsRepository {
  readonly looks: (readonly PaymentId[])[] = [];
  readonly rows = new Map<PaymentId, Standing>();
  answer: () => Promise<void> = async () => undefined;

  constructor() {
    super(undefined as unknown as Database);
  }

  set(id: PaymentId, status: PaymentStatus, version: number): void {
    this.rows.set(id, { id, status, version });
  }

  override async standings(ids: readonly PaymentId[]): Promise<Standing[]> {
    this.looks.push(ids);
    await this.answer();
    return ids.flatMap((id) => this.rows.get(id) ?? []);
  }
}

/** What a promise has come to by now; 'waits' where it has not. */
function state<T>(promise: Promise<T>): { now: T | 'waits' } {
  const seen: { now: T | 'waits' } = { now: 'waits' };
  void promise.then((value) => {
    seen.now = value;
  });
  return seen;
}

describe('who waits for a payment', () => {
  let standings: Standings;
  let watch: PaymentWatch;
  let metrics: Metrics;

  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(['fatal', 'error', 'warn', 'log']));

  beforeEach(() => {
    jest.useFakeTimers();
    standings = new Standings();
    standings.set(ID, 'PROCESSING', 1);
    standings.set(OTHER, 'PROCESSING', 1);
    metrics = new Metrics();
    watch = new PaymentWatch(standings, metrics);
  });

  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);

  describe('to be final', () => {
    it.each(PAYMENT_STATUSES.filter(isFinal))('is told at once when this process makes it %s', async (status) => {
      const waiting = state(watch.untilFinal(ID, 5000));
      watch.notifyChanged([view(status)]);
      await pass(0);
      expect(waiting.now).toEqual(view(status));
      expect(standings.looks).toEqual([]);
    });

    it('is told nothing of what is not final, nor of another payment', async () => {
      const waiting = state(watch.untilFinal(ID, 5000));
      watch.notifyChanged([view('IN_DOUBT'), view('CONFIRMED', { id: OTHER })]);
      await pass(4999);
      expect(waiting.now).toBe('waits');
      await pass(1);
      expect(waiting.now).toBeNull();
    });

    it('finds what another process has made final, and reads it', async () => {
      const waiting = state(watch.untilFinal(ID, 5000));
      await pass(POLL_MS);
      expect(waiting.now).toBe('waits');
      standings.set(ID, 'CONFIRMED', 2);
      await pass(POLL_MS);
      expect(waiting.now).toBeNull();
    });

    it('gives up after the time, and what comes then is not for them', async () => {
      const waiting = state(watch.untilFinal(ID, 50));
      await pass(50);
      expect(waiting.now).toBeNull();
      watch.notifyChanged([view('CONFIRMED')]);
      await pass(0);
      expect(waiting.now).toBeNull();
    });

    it('is told with everybody else who waits for it', async () => {
      const [one, two, other] = [ID, ID, OTHER].map((id) => state(watch.untilFinal(id, 5000)));
      watch.notifyChanged([view('REVERSED')]);
      await pass(0);
      expect([one?.now, two?.now, other?.now]).toEqual([view('REVERSED'), view('REVERSED'), 'waits']);
      await pass(5000);
    });
  });

  describe('to be newer than what they have seen', () => {
    const never = () => new AbortController().signal;

    it('is told at once of each newer version, final or not', async () => {
      const waiting = state(watch.untilNewer(ID, 1, never()));
      watch.notifyChanged([view('PROCESSING', { version: 1 })]);
      await pass(0);
      expect(waiting.now).toBe('waits');
      watch.notifyChanged([view('PROCESSING', { version: 2 })]);
      await pass(0);
      expect(waiting.now).toEqual(view('PROCESSING', { version: 2 }));
    });

    it('finds what another process has changed, however long ago, and reads it', async () => {
      const waiting = state(watch.untilNewer(ID, 1, never()));
      await pass(60_000);
      expect(waiting.now).toBe('waits');
      standings.set(ID, 'PROCESSING', 2);
      await pass(POLL_MS);
      expect(waiting.now).toBeNull();
    });

    it('finds what changed between their look and their waiting', async () => {
      standings.set(ID, 'CONFIRMED', 2);
      const waiting = state(watch.untilNewer(ID, 1, never()));
      await pass(POLL_MS);
      expect(waiting.now).toBeNull();
    });

    it('is over for one who goes away, and leaves nothing behind with them', async () => {
      const gone = new AbortController();
      const waiting = state(watch.untilNewer(ID, 1, gone.signal));
      gone.abort();
      await pass(0);
      expect(waiting.now).toBe('over');
    });

    it('is over at once for one who has gone, without a look', async () => {
      expect(await watch.untilNewer(ID, 1, AbortSignal.abort())).toBe('over');
      await pass(1000);
      expect(standings.looks).toEqual([]);
    });

    it('does not pile up on the one who goes on listening', async () => {
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
    it('is over first for those who follow; those who confirm are answered last', async () => {
      const follows = state(watch.untilNewer(ID, 1, new AbortController().signal));
      const confirms = state(watch.untilFinal(ID, 5000));
      watch.beforeApplicationShutdown();
      await pass(0);
      expect([follows.now, confirms.now]).toEqual(['over', 'waits']);
      watch.onApplicationShutdown();
      await pass(0);
      expect(confirms.now).toBeNull();
    });

    it('has what was confirmed until then', async () => {
      const confirms = state(watch.untilFinal(ID, 5000));
      watch.beforeApplicationShutdown();
      watch.notifyChanged([view('CONFIRMED')]);
      await pass(0);
      expect(confirms.now).toEqual(view('CONFIRMED'));
    });

    it('is over at once for one who begins to follow', async () => {
      watch.beforeApplicationShutdown();
      expect(await watch.untilNewer(ID, 1, new AbortController().signal)).toBe('over');
    });
  });

  it('is counted: confirms and followers together, and nobody who has been told', async () => {
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
    it('nothing while nobody waits', async () => {
      watch.notifyChanged([view('CONFIRMED')]);
      await pass(10_000);
      expect(standings.looks).toEqual([]);
      const waiting = watch.untilFinal(ID, 5000);
      watch.notifyChanged([view('CONFIRMED')]);
      await waiting;
      await pass(10_000);
      expect(standings.looks).toEqual([]);
    });

    it('one small look for all of them, each 100 ms, at each payment once', async () => {
      const all = [ID, OTHER, ID, ID].map((id) => watch.untilFinal(id, 10 * POLL_MS + 50));
      await pass(10 * POLL_MS);
      expect(standings.looks).toEqual(Array.from({ length: 10 }, () => [ID, OTHER]));
      await pass(50);
      expect(await Promise.all(all)).toEqual([null, null, null, null]);
    });

    it('no second look while the first one takes its time', async () => {
      const { promise, resolve: answer } = Promise.withResolvers<void>();
      standings.answer = () => promise;
      const waiting = state(watch.untilFinal(ID, 5000));
      await pass(1000);
      expect(standings.looks).toHaveLength(1);
      standings.answer = async () => undefined;
      answer();
      await pass(POLL_MS);
      expect(standings.looks).toHaveLength(2);
      watch.notifyChanged([view('CONFIRMED')]);
      await pass(0);
      expect(waiting.now).toEqual(view('CONFIRMED'));
    });

    it('no answer where a look fails: the next one finds what there is', async () => {
      standings.answer = () => Promise.reject(new Error('the database is away'));
      const waiting = state(watch.untilFinal(ID, 5000));
      standings.set(ID, 'CONFIRMED', 2);
      await pass(3 * POLL_MS);
      expect([waiting.now, standings.looks.length]).toEqual(['waits', 3]);
      standings.answer = async () => undefined;
      await pass(POLL_MS);
      expect(waiting.now).toBeNull();
    });
  });
});
