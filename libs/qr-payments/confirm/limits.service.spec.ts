import { describe, expect, it } from '@jest/globals';
import { Settings } from '@mpp/config';
import { type CustomerId, MAX_TIYN, Money } from '@mpp/kernel';
import type { Database } from '@mpp/platform';
import { ALIA, paymentThatIs } from '../../../test/support/payments.js';
import type { DebitsOfDay } from '../domain/limits.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';
import { Limits } from './limits.service.js';

/** A customer's debits of the day, and the beginnings of the day that were requested. */
class Debits extends PaymentsRepository {
  readonly sumRequests: [CustomerId, Date][] = [];

  constructor(private readonly debits: DebitsOfDay) {
    super(undefined as unknown as Database);
  }

  override async debitsSince(customer: CustomerId, since: Date): Promise<DebitsOfDay> {
    this.sumRequests.push([customer, since]);
    return this.debits;
  }
}

const NEEDED = { DATABASE_URL: 'postgresql://127.0.0.1/mpp', KASPI_BASE_URL: 'http://127.0.0.1:9' };

function limits(env: Record<string, string>, debits = { sum: 0n, count: 0 }) {
  const repository = new Debits(debits);
  const service = new Limits(Settings.read({ ...NEEDED, ...env }), repository);
  return { service, sumRequests: repository.sumRequests };
}

/** The day is that of the debit, not of the clock. */
const debitAt = (moment = '2026-03-10T06:00:00Z') => paymentThatIs('PROCESSING', { debitedAt: new Date(moment) });

describe('the limits that the bank sets', () => {
  it('are off without settings, and then no debits are read', async () => {
    const { service, sumRequests } = limits({});
    expect(service.maxAmount).toBeNull();
    expect(service.dailyLimits(debitAt())).toBeNull();
    expect(await service.findHit(paymentThatIs('PROCESSING'))).toBeNull();
    expect(sumRequests).toEqual([]);
  });

  it('for one payment and for an MCC need no debits of the day', async () => {
    const { service, sumRequests } = limits({ MAX_PAYMENT_AMOUNT: '500000.00', EXCLUDED_MCCS: '7995,5812' });
    expect(service.maxAmount?.toString()).toBe('500000.00');
    expect(service.dailyLimits(debitAt())).toBeNull();
    expect(await service.findHit(paymentThatIs('PROCESSING'))).toBe('EXCLUDED_MCCS');
    const dear = paymentThatIs('PROCESSING', { amount: Money.parse('500000.01') });
    expect(await service.findHit(dear)).toBe('MAX_PAYMENT_AMOUNT');
    expect(sumRequests).toEqual([]);
  });

  it.each([
    ['a sum', { DAILY_SUM_LIMIT: '1000.00' }, { sum: 100_000n, count: null }],
    ['a number', { DAILY_COUNT_LIMIT: '3' }, { sum: null, count: 3 }],
    ['both', { DAILY_SUM_LIMIT: '0.01', DAILY_COUNT_LIMIT: '1' }, { sum: 1n, count: 1 }],
  ])('for the day are checked again with the debit: %s', (_, env, expected) => {
    expect(limits(env).service.dailyLimits(debitAt())).toEqual({
      dayBegins: new Date('2026-03-09T19:00:00Z'),
      ...expected,
    });
  });

  it.each([
    ['the last millisecond of the day', '2026-03-10T18:59:59.999Z', '2026-03-09T19:00:00Z'],
    ['the first of the next', '2026-03-10T19:00:00.000Z', '2026-03-10T19:00:00Z'],
    ['noon in London, five in the afternoon in Almaty', '2026-03-10T12:00:00Z', '2026-03-09T19:00:00Z'],
  ])('apply to the day in Almaty: %s', async (_, now, dayBegins) => {
    const { service, sumRequests } = limits({ DAILY_COUNT_LIMIT: '1' });
    expect(service.dailyLimits(debitAt(now))?.dayBegins).toEqual(new Date(dayBegins));
    await service.findHit(debitAt(now));
    expect(sumRequests).toEqual([[ALIA, new Date(dayBegins)]]);
  });

  it.each([
    ['DAILY_SUM_LIMIT', { DAILY_SUM_LIMIT: '1000.00' }, { sum: 90_001n, count: 1 }],
    [null, { DAILY_SUM_LIMIT: '1000.00' }, { sum: 90_000n, count: 1 }],
    ['DAILY_COUNT_LIMIT', { DAILY_COUNT_LIMIT: '3' }, { sum: 0n, count: 3 }],
    [null, { DAILY_COUNT_LIMIT: '3' }, { sum: 0n, count: 2 }],
  ])('find %s with %j and debits of the day %o', async (expected, env, debits) => {
    const { service } = limits(env, debits);
    expect(await service.findHit(paymentThatIs('PROCESSING'))).toBe(expected);
  });

  it.each(['MAX_PAYMENT_AMOUNT', 'DAILY_SUM_LIMIT'])(
    'that are no amount stop the start with their name: %s',
    (name) => {
      const { service } = limits({ [name]: '1000000000000000.00' });
      expect([service.maxAmount?.tiyn, service.dailyLimits(debitAt())?.sum]).toContain(MAX_TIYN);
      expect(() => limits({ [name]: '1000000000000000.01' })).toThrow(name);
    },
  );
});
