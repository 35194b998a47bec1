import { expect } from '@jest/globals';
import { BY_HAND, MINUTE, paymentFixture } from '../support/payment-fixture.js';
import { TestClock } from '../support/test-clock.js';

/** A server on a clock that the test moves, whose calls to the PS are checked attempt by attempt. */
export function attemptsFixture() {
  const clock = new TestClock();
  const limits = { KASPI_TIMEOUT_MS: '1500', SCAN_TIMEOUT_MS: '1500', MAX_PAYMENT_AMOUNT: '5000.00' };
  const fixture = paymentFixture({ ...BY_HAND, ...limits }, clock);

  /** Delivers all messages that are due, then makes their next attempts due. */
  async function deliverAndWait(): Promise<void> {
    await fixture.deliver();
    clock.advance(MINUTE);
  }

  /** One notify, sent so many times: the same bytes under the same id. */
  function expectOneNotify(times: number): void {
    const requests = fixture.kaspi.of('notifyPayment');
    expect(requests).toHaveLength(times);
    expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
    expect(new Set(requests.map(({ headers }) => headers['x-request-id'])).size).toBe(1);
  }

  /** A new customer's payment of 100.00, confirmed by the customer. */
  async function debited(qrCode = 'code') {
    const alia = await fixture.customer();
    const { id } = (await alia.scan(`${qrCode}-${alia.id}`)).body.payment;
    await alia.confirm(id);
    return { alia, id };
  }

  return { fixture, deliverAndWait, expectOneNotify, debited };
}
