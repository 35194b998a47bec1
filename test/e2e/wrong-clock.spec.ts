import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SystemClock } from '@mpp/kernel';
import { happyKaspi } from '../support/kaspi-peer.js';
import { Mpp, startTestServer, type TestServer } from '../support/mpp.js';
import { paymentFixture } from '../support/payment-fixture.js';
import { expectProblem, type Problem, type ProblemAnswer } from '../support/problems.js';
import { until } from '../support/until.js';

/** The machine's clock, which somebody has set. */
class SetClock extends SystemClock {
  aheadMs = 0;

  override now(): Date {
    return new Date(super.now().getTime() + this.aheadMs);
  }
}

describe('a process whose clock differs from that of PostgreSQL', () => {
  const right = paymentFixture({ EXPIRY_POLL_MS: '20', CONFIRM_WAIT_MS: '5000' });
  const clock = new SetClock();
  let wrong: TestServer;

  beforeAll(async () => {
    const addresses = { DATABASE_URL: right.database.url, KASPI_BASE_URL: right.kaspi.url };
    const often = { EXPIRY_POLL_MS: '20', OUTBOX_POLL_MS: '20', REFUND_POLL_MS: '20' };
    wrong = await startTestServer({ ...addresses, ...often }, clock);
  });

  afterAll(() => wrong.stop());

  const readiness = () => wrong.mpp.call<{ details: Record<string, { status: string }> }>('GET', '/health/ready');
  const metricOf = async ({ publicUrl }: TestServer, line: string) => {
    const text = await (await fetch(`${publicUrl}/metrics`)).text();
    const found = text.split('\n').find((one) => one.startsWith(`${line} `));
    return Number(found?.slice(line.length));
  };

  it('by less than the bound works as always', async () => {
    clock.aheadMs = 1000;
    expect(await readiness()).toMatchObject({ status: 200, body: { details: { clock: { status: 'up' } } } });
    expect(await metricOf(wrong, 'mpp_clock_skew_seconds')).toBeCloseTo(1, 0);
    const alia = await right.customer();
    const there = await wrong.mpp.as(alia.id);
    const { id } = (await there.scan('a little ahead')).body.payment;
    expect(await there.confirm(id)).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
  });

  const confirmable = () => happyKaspi({ confirmUntil: new Date(Date.now() + 600_000).toISOString() });

  it.each([
    ['an hour ahead', 3_600_000],
    ['an hour behind', -3_600_000],
    ['three seconds ahead', 3000],
  ])(
    '%s is not ready on either listener and refuses confirms; nothing is debited and the PS is told nothing',
    async (_, aheadMs) => {
      clock.aheadMs = 0;
      const alia = await right.customer();
      const there = await wrong.mpp.as(alia.id);
      right.kaspi.script = happyKaspi({ confirmUntil: new Date(Date.now() + 600_000).toISOString() });
      const { id } = (await alia.scan(`confirmed on a process ${aheadMs}`)).body.payment;
      clock.aheadMs = aheadMs;
      const refused = await there.confirm(id);
      // An hour away, the process cannot judge the token either.
      expectProblem(refused as unknown as ProblemAnswer, 503, 'SERVICE_UNAVAILABLE');
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
      for (const listener of [wrong.mpp, new Mpp(wrong.kaspiUrl)]) {
        const answer = await listener.call<Problem>('GET', '/health/ready');
        expect(answer).toMatchObject({ status: 503, body: { error: { clock: { status: 'down' } } } });
        expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      }
      expect((await wrong.mpp.call('GET', '/health/live')).status).toBe(200);
      expect((await alia.payment(id)).body.status).toBe('AWAITING_CONFIRMATION');
      expect(await alia.balance()).toBe('1000.00');
      expect(right.kaspi.of('notifyPayment')).toEqual([]);

      // The customer's next try is routed to a process that is ready.
      expect(await alia.confirm(id)).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
      clock.aheadMs = 0;
      expect((await readiness()).status).toBe(200);
    },
  );

  it('begins no background work until its clock is right, and a payment that can still be confirmed does not expire', async () => {
    const alia = await right.customer();
    right.kaspi.script = confirmable();
    const { id } = (await alia.scan('not expired by a clock')).body.payment;
    clock.aheadMs = 3_600_000;
    // A run that began before is over after some runs of the other process.
    await tenRuns(right.server);
    const last = await lastRun(wrong);
    await tenRuns(right.server);
    expect(await lastRun(wrong)).toBe(last);
    expect((await alia.payment(id)).body.status).toBe('AWAITING_CONFIRMATION');
    clock.aheadMs = 0;
    await tenRuns(wrong);
    expect((await alia.confirm(id)).body.status).toBe('CONFIRMED');
  });

  const lastRun = (server: TestServer) =>
    metricOf(server, 'mpp_background_last_run_timestamp_seconds{task="payment-expiry"}');

  async function tenRuns(server: TestServer): Promise<void> {
    const ends = new Set<number>();
    await until(
      'ten runs',
      async () => ends.add(await lastRun(server)),
      ({ size }) => size > 10,
    );
  }
});
