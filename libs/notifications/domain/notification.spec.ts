import { describe, expect, it } from '@jest/globals';
import { type CustomerId, Money } from '@mpp/kernel';
import { bodyOf } from './event.js';
import { type Delivery, verdictOn } from './notification.js';
import { textsOf } from './texts.js';

const DUE_SINCE = new Date('2026-03-10T06:00:00Z');
const HOUR = 3_600_000;
const REFUSED: Delivery = { outcome: 'REFUSED', httpStatus: 500 };
const NO_ANSWER: Delivery = { outcome: 'NO_ANSWER', error: 'ECONNREFUSED' };

function verdict(delivery: Delivery, afterMs: number) {
  return verdictOn(delivery, new Date(DUE_SINCE.getTime() + afterMs), DUE_SINCE, HOUR);
}

describe('an attempt to deliver', () => {
  const lastAt = new Date(DUE_SINCE.getTime() + HOUR);

  it('that the gateway accepts makes the notification DELIVERED, also after the time to give up', () => {
    for (const after of [0, HOUR, 100 * HOUR]) {
      expect(verdict({ outcome: 'DELIVERED', httpStatus: 204 }, after)).toEqual({ status: 'DELIVERED' });
    }
  });

  it('that fails is repeated, at the latest at the time to give up', () => {
    expect(verdict(REFUSED, 0)).toEqual({ status: 'PENDING', error: 'HTTP 500', by: lastAt });
    expect(verdict(NO_ANSWER, HOUR - 1)).toEqual({ status: 'PENDING', error: 'ECONNREFUSED', by: lastAt });
  });

  it('that starts at or after the time to give up and fails makes it FAILED', () => {
    expect(verdict(REFUSED, HOUR)).toEqual({ status: 'FAILED', error: 'HTTP 500' });
    expect(verdict(NO_ANSWER, HOUR + 1)).toEqual({ status: 'FAILED', error: 'ECONNREFUSED' });
  });
});

describe('the body of an event', () => {
  it('contains type, time, version, customer, data and texts', () => {
    const amount = Money.parse('1500');
    const event = {
      type: 'payment.confirmed',
      subject: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44',
      customerId: '900900000001' as CustomerId,
      at: DUE_SINCE,
      amount,
      merchant: 'Magnum',
      data: { paymentId: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44', amount },
    } as const;
    const texts = JSON.stringify(textsOf('payment.confirmed', amount, 'Magnum'));
    expect(bodyOf(event)).toBe(
      '{"type":"payment.confirmed","timestamp":"2026-03-10T06:00:00.000Z","version":1,"customerId":"900900000001",' +
        `"data":{"paymentId":"019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44","amount":"1500.00"},"texts":${texts}}`,
    );
  });
});
