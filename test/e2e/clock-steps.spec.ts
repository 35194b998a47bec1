import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Expiry } from '@mpp/qr-payments';
import { RefundEscalations } from '../../libs/refunds/crediting/refund-escalations.service.js';
import { CoreFixture, NEXT_REPEAT_MS } from '../support/core-fixture.js';
import { CoreRefunds } from '../support/core-refunds.js';
import { happyKaspi } from '../support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { TestClock } from '../support/test-clock.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('a clock that is set wrong and then right again', () => {
  let fixture: CoreFixture;
  let refunds: CoreRefunds;

  beforeAll(async () => {
    fixture = await CoreFixture.start();
    refunds = new CoreRefunds(fixture);
  });

  afterAll(() => fixture.stop());
  beforeEach(() => {
    fixture.reset();
    fixture.clock.set(0);
  });

  const escalateDue = () => fixture.server.app.get(RefundEscalations, { strict: false }).escalateDue();

  it.each([
    ['a day ahead', DAY],
    ['a day back', -DAY],
  ])('%s: a refund and a notify whose attempts were under way are done as soon as it is right', async (_, set) => {
    const bought = await refunds.paid();
    const alia = await fixture.customer();
    const id = await fixture.scanned(alia, 5 * MINUTE);
    // The notify is attempted while the clock is set, and again while it is wrong.
    const happy = happyKaspi();
    fixture.kaspi.script = (request, index) => {
      if (!request.path.endsWith('/notifyPayment')) return happy(request, index);
      fixture.clock.set(set);
      return 'reset';
    };
    await alia.confirm(id);
    await fixture.outbox().drainOnce();
    await fixture.outbox().drainOnce();
    expect(await fixture.status(id)).toBe('PROCESSING');
    fixture.clock.set(0);
    fixture.core.plan('credit', () => {
      fixture.clock.set(set);
      return 'reset';
    });
    const { refundId } = await refunds.refund(bought);
    await fixture.outbox().drainOnce();
    await fixture.outbox().drainOnce();
    expect(await refunds.status(refundId)).toBe('ACCEPTED');

    fixture.clock.set(0);
    fixture.kaspi.script = happy;
    await fixture.repeat();
    expect([await refunds.status(refundId), await fixture.status(id)]).toEqual(['CREDITED', 'CONFIRMED']);
    expect([await fixture.alerts(refundId), await fixture.alerts(id)]).toEqual([[], []]);
    expect(fixture.core.change(bought.alia.account)).toBe(-7000n);
    expect(fixture.core.change(alia.account)).toBe(-10_000n);
  });

  it('ahead: no alert is spent, and each is raised at its true time', async () => {
    const { refundId } = await waitingRefund();
    fixture.clock.set(DAY);
    expect(await escalateDue()).toBe(0);
    await fixture.outbox().drainOnce();
    fixture.clock.set(0);
    const raised: [number, string[]][] = [];
    for (let minute = 1; minute <= 61; minute++) {
      const before = await fixture.alerts(refundId);
      fixture.clock.advance(MINUTE);
      await escalateDue();
      const news = (await fixture.alerts(refundId)).slice(before.length);
      if (news.length > 0) raised.push([minute, news]);
    }
    expect(raised).toEqual([
      [30, ['REFUND_HALF_TIME']],
      [48, ['REFUND_SHORT_OF_TIME']],
      [60, ['REFUND_OVERDUE']],
    ]);
  });

  it('ahead: a payment without an answer is not taken for doubtful, and is when its time is over', async () => {
    const alia = await fixture.customer();
    const id = await fixture.scanned(alia, 5 * MINUTE);
    const happy = happyKaspi();
    fixture.kaspi.script = (request, index) => {
      if (!request.path.endsWith('/notifyPayment')) return happy(request, index);
      fixture.clock.set(HOUR);
      return 'reset';
    };
    await alia.confirm(id);
    await fixture.outbox().drainOnce();
    await fixture.outbox().drainOnce();
    fixture.clock.set(0);
    expect([await fixture.status(id), await fixture.alerts(id)]).toEqual(['PROCESSING', []]);
    fixture.kaspi.script = (request, index) =>
      request.path.endsWith('/notifyPayment') ? 'reset' : happy(request, index);
    fixture.clock.advance(15 * MINUTE);
    await fixture.outbox().drainOnce();
    expect([await fixture.status(id), await fixture.alerts(id)]).toEqual(['IN_DOUBT', ['PAYMENT_IN_DOUBT']]);
  });

  it('ahead: a refund is not accepted, so that its hour begins by a right clock; the PS repeats it', async () => {
    const bought = await refunds.paid();
    fixture.clock.set(DAY);
    await expect(refunds.refund(bought)).rejects.toThrow('the refund is ');
    expect(await fixture.database.query('select 1 from refunds where payment_id = $1', [bought.id])).toEqual([]);
    fixture.clock.set(0);
    const { refundId } = await refunds.refund(bought);
    await fixture.quiet();
    expect(await refunds.status(refundId)).toBe('CREDITED');
  });

  describe('another process whose clock is an hour ahead', () => {
    let ahead: TestServer;

    beforeAll(async () => {
      const clock = new TestClock(fixture.clock.now());
      clock.set(HOUR);
      const addresses = {
        DATABASE_URL: fixture.database.url,
        KASPI_BASE_URL: fixture.kaspi.url,
        CORE_BANKING_URL: fixture.core.url,
      };
      ahead = await startTestServer({ ...addresses, BACKGROUND_WORK: 'off' }, clock);
    });

    afterAll(() => ahead.stop());

    it('is not ready', async () => {
      expect(await ahead.mpp.call('GET', '/health/ready')).toMatchObject({
        status: 503,
        body: { error: { clock: { status: 'down', message: 'the clock is 3600000 ms ahead of the database’s' } } },
      });
      expect((await fixture.server.mpp.call('GET', '/health/ready')).status).toBe(200);
    });

    it('expires no payment that can still be confirmed', async () => {
      const alia = await fixture.customer();
      const id = await fixture.scanned(alia, 5 * MINUTE);
      expect(await ahead.app.get(Expiry, { strict: false }).expireDue()).toBe(0);
      expect((await alia.confirm(id)).body.status).toBe('DEBITING');
      await fixture.quiet();
      expect(await fixture.status(id)).toBe('CONFIRMED');
    });

    it('gives no debit back whose outcome the first one is still inquiring about', async () => {
      const alia = await fixture.customer();
      const id = await fixture.scanned(alia, 5 * MINUTE);
      fixture.core.plan('debit', 'lost');
      await alia.confirm(id);
      await fixture.outbox().drainOnce();
      fixture.clock.advance(NEXT_REPEAT_MS);
      await fixture.outbox(ahead).drainOnce();
      expect(await fixture.status(id)).toBe('DEBITING');
      await fixture.quiet();
      expect([await fixture.status(id), fixture.core.change(alia.account)]).toEqual(['CONFIRMED', -10_000n]);
    });

    it('takes no scan: the deadline of a purchase without one, and which price is the newest, would follow from its clock', async () => {
      const alia = await fixture.customer();
      const asked = fixture.kaspi.of('scan').length;
      const refused = await (await ahead.mpp.as(alia.id)).scan('static till of another time');
      expect(refused).toMatchObject({ status: 503, body: { code: 'SERVICE_UNAVAILABLE' } });
      expect(fixture.kaspi.of('scan').length).toBe(asked);
    });

    it('refuses a confirm, and nothing is debited', async () => {
      const alia = await fixture.customer();
      const id = await fixture.scanned(alia, 5 * MINUTE);
      const there = await ahead.mpp.as(alia.id);
      const refused = await there.confirm(id);
      expect(refused).toMatchObject({ status: 503, body: { code: 'SERVICE_UNAVAILABLE' } });
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
      expect([await fixture.status(id), await fixture.operations(id)]).toEqual(['AWAITING_CONFIRMATION', []]);
    });
  });

  /** A refund that the core does not credit. */
  async function waitingRefund(): Promise<{ refundId: string }> {
    const bought = await refunds.paid();
    fixture.core.plan('credit', ...Array.from({ length: 5 }, () => 'reset' as const));
    const refund = await refunds.refund(bought);
    await fixture.outbox().drainOnce();
    return refund;
  }
});
