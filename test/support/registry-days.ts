import type { BookedPayment, BookedRefund } from './books.js';
import type { WrittenRow } from './registry-files.js';
import type { RegistryFixture } from './registry-fixture.js';

export const TENGE = 100n;

/** A time in Almaty. */
export const almatyTime = (date: string, time: string) => new Date(`${date}T${time}+05:00`);

/**
 * Dates for tests that must not share one: Tuesdays to Thursdays from the given date on, so that a registry covers one day,
 * without the holidays of March and May.
 */
export function newWorkingDays(from: string): { next(): string; skipWeek(): void } {
  const date = new Date(from);
  const advance = (days: number) => date.setUTCDate(date.getUTCDate() + days);
  const isUsable = () => date.getUTCDay() >= 2 && date.getUTCDay() <= 4 && ![2, 4].includes(date.getUTCMonth());
  return {
    next() {
      do advance(1);
      while (!isUsable());
      return date.toISOString().slice(0, 10);
    },
    skipWeek() {
      advance(7);
    },
  };
}

/** The row of a payment as Kaspi would list it. */
export const paymentRow = ({ id, kaspiOperationId, customerId, amount, mcc, at }: BookedPayment): WrittenRow => ({
  ...{ mppPaymentId: id, kaspiOperationId, customerId, amount, mcc, at },
});

/** The row of a refund as Kaspi would list it. */
export const refundRow = (
  payment: BookedPayment,
  refund: BookedRefund,
  given: Partial<WrittenRow> = {},
): WrittenRow => ({
  ...paymentRow(payment),
  ...{ type: 'Возврат', amount: refund.amount, at: refund.at, kaspiOperationId: refund.kaspiOperationId },
  ...given,
});

/** Books three payments of the date, at noon. */
export async function bookPayments(
  { books }: RegistryFixture,
  date: string,
): Promise<[BookedPayment, BookedPayment, BookedPayment]> {
  return [
    await books.payment({ at: almatyTime(date, '12:00:00'), amount: 16_900n * TENGE, mcc: '8021' }),
    await books.payment({ at: almatyTime(date, '12:01:00'), amount: 1_650n * TENGE, mcc: '7032' }),
    await books.payment({ at: almatyTime(date, '12:02:00'), amount: 1_630n * TENGE, mcc: '5411' }),
  ];
}

let operations = 0;
/** A row of an operation that the books do not have. */
export const unknownRow = (given: Partial<WrittenRow> = {}): WrittenRow => ({
  ...{
    kaspiOperationId: `QR${++operations}`,
    amount: 100_000n,
    fee: 500n,
    rate: '0,50',
    at: new Date('2025-04-08T07:00:00Z'),
  },
  ...given,
});
