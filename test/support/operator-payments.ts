import { beforeEach, expect } from '@jest/globals';
import { happyKaspi, LINKS, type Reply } from './kaspi-peer.js';
import type { TestServer } from './mpp.js';
import { operatorFixture, type Part } from './operator-fixture.js';
import type { Problem } from './problems.js';
import { TestClock } from './test-clock.js';

export type { Part };

export interface PaymentDetails extends Part {
  id: string;
  exchanges: Part[];
  messages: (Part & { id: string })[];
  audit: Part[];
}
export interface Page extends Part {
  items: (Part & { id: string })[];
  nextCursor: string | null;
}

export type Customer = Awaited<ReturnType<TestServer['mpp']['customer']>>;

/** The default of NOTIFY_RETRY_MAX_MS. */
const LONGEST_PAUSE_MS = 60_000;
export const IN_DOUBT_AFTER_MS = 60_000;
const DEADLINE = '2099-03-10T12:00:00+06';
export const SUCCESS = { resultCode: 'SUCCESS', resultMessage: 'success' };
export const UNKNOWN_ID = '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44';

/** A server with the calls of operators on payments, for one spec file: registers the hooks that start and stop it. */
export function operatorPayments() {
  const clock = new TestClock();
  const { fixture, as, get, post } = operatorFixture<{
    /** The answer to notifyPayment. */
    notify: () => Reply | Promise<Reply>;
  }>(clock, { IN_DOUBT_AFTER_MS: String(IN_DOUBT_AFTER_MS), KASPI_AWAY_AFTER: '1000' });
  const { customer, deliver: drain } = fixture;

  beforeEach(async () => {
    fixture.notify = () => ({ json: { result: SUCCESS, ...LINKS } });
    const scans = happyKaspi({ confirmUntil: DEADLINE });
    fixture.kaspi.script = (request, index) =>
      request.path.endsWith('/notifyPayment') ? fixture.notify() : scans(request, index);
    // Messages of earlier tests are delivered first.
    clock.advance(LONGEST_PAUSE_MS);
    await drain();
    fixture.kaspi.arrived.length = 0;
  });

  const scan = async (who: Customer, qrCode = `purchase-${who.id}`) => (await who.scan(qrCode)).body.payment.id;
  /** Confirmed by the customer, with one notify attempt. */
  async function pay(who: Customer, qrCode?: string): Promise<string> {
    const id = await scan(who, qrCode);
    await who.confirm(id);
    await drain();
    return id;
  }
  /** Debited, and without an answer of the PS for too long. */
  async function doubted(who: Customer): Promise<string> {
    fixture.notify = () => 'reset';
    const id = await pay(who);
    clock.advance(IN_DOUBT_AFTER_MS);
    await drain();
    return id;
  }

  const detailsOf = async (id: string) => (await get<PaymentDetails>(`payments/${id}`)).body;
  const resolve = (id: string, outcome: string, reason = 'case 4711') =>
    post<Problem & PaymentDetails>(`payments/${id}/resolve`, { outcome, reason });
  const found = async (query: string) => {
    const { status, body } = await get<Page>(`payments?${query}`);
    expect(status).toBe(200);
    return body.items.map(({ id }) => id);
  };

  return { fixture, clock, customer, drain, scan, pay, doubted, as, get, post, detailsOf, resolve, found };
}
