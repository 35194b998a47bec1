import { afterAll, afterEach, beforeAll, beforeEach, expect, jest } from '@jest/globals';
import type { PaymentId } from '@mpp/kernel';
import { type Database, Metrics } from '@mpp/platform';
import { Logger } from '@nestjs/common';
import type { Payment } from '../../libs/qr-payments/domain/payment.js';
import type { PaymentStatus } from '../../libs/qr-payments/domain/transitions.js';
import { type PaymentState, PaymentsRepository } from '../../libs/qr-payments/persistence/payments.repository.js';
import { type PaymentView, PaymentWatch } from '../../libs/qr-payments/watch/payment-watch.js';
import { paymentThatIs } from './payments.js';

export const ID = '019a0000-0000-7000-8000-000000000001' as PaymentId;

export const OTHER = '019a0000-0000-7000-8000-000000000009' as PaymentId;

export const POLL_MS = 100;

export const view = (status: PaymentStatus, changes: Partial<Payment> = {}): PaymentView => ({
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
export function state<T>(promise: Promise<T>): { now: T | 'waits' } {
  const seen: { now: T | 'waits' } = { now: 'waits' };
  void promise.then((value) => {
    seen.now = value;
  });
  return seen;
}

/** A payment watch whose repository the test scripts, with fake timers: registers the hooks that start and stop it. */
export function paymentWatchFixture() {
  const fixture = {} as {
    payments: ScriptedPayments;
    watch: PaymentWatch;
    metrics: Metrics;
  };
  beforeAll(() => Logger.overrideLogger(false));

  afterAll(() => Logger.overrideLogger(['fatal', 'error', 'warn', 'log']));

  beforeEach(() => {
    jest.useFakeTimers();
    fixture.payments = new ScriptedPayments();
    fixture.payments.set(ID, 'PROCESSING', 1);
    fixture.payments.set(OTHER, 'PROCESSING', 1);
    fixture.metrics = new Metrics();
    fixture.watch = new PaymentWatch(fixture.payments, fixture.metrics);
  });

  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);

  return { fixture, pass };
}
