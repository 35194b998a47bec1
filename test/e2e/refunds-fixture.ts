import { expect } from '@jest/globals';
import type { TestServer } from '../support/mpp.js';
import { paymentFixture } from '../support/payment-fixture.js';
import { PsRefunds } from '../support/ps-refunds.js';
import { until } from '../support/until.js';

type Customer = Awaited<ReturnType<TestServer['mpp']['customer']>>;

interface RefundBody extends Record<string, unknown> {
  refundId: string;
  status: string;
}

/** A server that delivers by itself, with quick retries, and the PS as the caller of its `/refund`. */
export function refundsFixture() {
  const fixture = paymentFixture({
    CONFIRM_WAIT_MS: '10000',
    OUTBOX_POLL_MS: '20',
    NOTIFY_RETRY_BASE_MS: '20',
    NOTIFY_RETRY_MAX_MS: '50',
    REFUND_RETRY_BASE_MS: '20',
    REFUND_RETRY_MAX_MS: '50',
    REFUND_POLL_MS: '20',
  });
  const ps = () => new PsRefunds(`${fixture.server.kaspiUrl}/refund`);
  let purchases = 0;

  async function scan(alia: Customer) {
    const qrCode = `refundable-${++purchases}`;
    const { id } = (await alia.scan(qrCode)).body.payment;
    return { id, paymentId: `ps-${qrCode}`, customerId: alia.id };
  }

  /** A customer who had 1000.00 and has paid 100.00. */
  async function paid() {
    const alia = await fixture.server.mpp.customer();
    const { id, ...purchase } = await scan(alia);
    expect((await alia.confirm(id)).body.status).toBe('CONFIRMED');
    return { alia, id, purchase };
  }

  async function refundsOf(alia: Customer, query = '', headers: Record<string, string> = {}) {
    const token = await fixture.server.mpp.customerToken(alia.id);
    const path = `/v1/refunds${query}`;
    return fixture.server.mpp.call<RefundBody & { items: RefundBody[]; nextCursor: string | null }>('GET', path, {
      token,
      headers,
    });
  }

  async function operator<Body = Record<string, unknown>>(method: string, path: string, body?: object) {
    const token = await fixture.server.mpp.teamToken('operations');
    return fixture.server.mpp.call<Body>(method, `/ops/v1/refunds${path}`, { token, ...(body && { body }) });
  }

  const untilBalance = (alia: Customer, balance: string) =>
    until(
      'the balance',
      () => alia.balance(),
      (now) => now === balance,
    );

  return { fixture, ps, scan, paid, refundsOf, operator, untilBalance };
}
