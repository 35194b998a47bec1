import { beforeAll, beforeEach, expect } from '@jest/globals';
import { happyKaspi } from './kaspi-peer.js';
import { operatorFixture, type Part } from './operator-fixture.js';
import type { Problem } from './problems.js';
import { ACCEPTED, PsRefunds } from './ps-refunds.js';
import { TestClock } from './test-clock.js';

export type { Part };

export interface RefundDetails extends Part {
  refundId: string;
  status: string;
  calls: Part[];
  entries: Part[];
  messages: (Part & { id: string })[];
  alerts: Part[];
  audit: Part[];
}
export interface RefundPage extends Part {
  items: (Part & { refundId: string })[];
  nextCursor: string | null;
}

export const MINUTE = 60_000;

/** A server with the calls of operators on refunds, for one spec file: registers the hooks that start and stop it. */
export function operatorRefunds() {
  const clock = new TestClock();
  const { fixture, as, get, post: postTo } = operatorFixture<{ ps: PsRefunds }>(clock);
  const { deliver: drain } = fixture;
  let purchases = 0;

  beforeAll(() => {
    fixture.ps = new PsRefunds(`${fixture.server.kaspiUrl}/refund`);
  });

  beforeEach(async () => {
    fixture.kaspi.script = happyKaspi({ confirmUntil: null });
    clock.advance(MINUTE);
    await drain();
  });

  /** A customer who had 1000.00 and paid 100.00. */
  async function paid() {
    const alia = await fixture.server.mpp.customer();
    const qrCode = `purchase-${++purchases}`;
    const { id } = (await alia.scan(qrCode)).body.payment;
    await alia.confirm(id);
    await drain();
    return { alia, id, purchase: { paymentId: `ps-${qrCode}`, customerId: alia.id } };
  }

  async function close(account: string) {
    await fixture.database.query(`update ledger_accounts set status = 'CLOSED' where id = $1`, [account]);
  }

  /** Accepted and in suspense: its customer has no open account. */
  async function suspended(refundId: string) {
    const bought = await paid();
    await close(bought.alia.account);
    await fixture.ps.refund({ ...bought.purchase, refundId, refundAmount: '30.00' });
    await drain();
    return bought;
  }

  /** A credited refund of 30.00 of a new payment. */
  async function credited(refundId: string) {
    const bought = await paid();
    expect((await fixture.ps.refund({ ...bought.purchase, refundId, refundAmount: '30.00' })).result).toEqual(ACCEPTED);
    await drain();
    return bought;
  }

  const post = <Body = Problem & RefundDetails>(path: string, body?: unknown) => postTo<Body>(`refunds/${path}`, body);
  const detailsOf = async (refundId: string) =>
    (await get<RefundDetails>(`refunds/${encodeURIComponent(refundId)}`)).body;
  const found = async (query: string) => {
    const { status, body } = await get<RefundPage>(`refunds?${query}`);
    expect(status).toBe(200);
    return body.items.map(({ refundId }) => refundId);
  };
  const redirect = (refundId: string, accountId: string, reason = 'case 4712') =>
    post(`${refundId}/redirect`, { accountId, reason });

  return { fixture, clock, drain, paid, close, suspended, credited, as, get, post, detailsOf, found, redirect };
}
