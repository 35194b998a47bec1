import { describe, expect, it } from '@jest/globals';
import { Expiry } from '@mpp/qr-payments';
import { FILLED } from '../support/kaspi-peer.js';
import { startTestServer } from '../support/mpp.js';
import { MINUTE, paymentFixture } from '../support/payment-fixture.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const clock = new TestClock();
const fixture = paymentFixture({ BACKGROUND_WORK: 'off' }, clock, 10 * MINUTE);
const { customer, deliver, notifyBodies } = fixture;
const SCANNED = { Dynamic: 'AWAITING_CONFIRMATION', Static: 'AWAITING_AMOUNT', Custom: 'AWAITING_CHECKOUT' } as const;
const TYPES = Object.keys(SCANNED) as (keyof typeof SCANNED)[];

describe('a cancel (R14)', () => {
  it.each(TYPES)(
    'before the debit of a %s payment: CANCELLED, also when repeated, and the PS is notified once',
    async (type) => {
      const alia = await customer();
      const scanned = (await alia.scan(`${type.toLowerCase()}-back-${alia.id}`)).body.payment;
      expect(scanned.status).toBe(SCANNED[type]);
      for (let time = 0; time < 3; time++) {
        expect(await alia.cancel(scanned.id)).toMatchObject({
          status: 200,
          body: { id: scanned.id, status: 'CANCELLED' },
        });
      }
      await deliver();
      expect(notifyBodies()).toEqual([
        {
          result: { resultCode: 'CANCELLED_BY_CLIENT', resultMessage: 'cancelled by client' },
          payment: { paymentId: `ps-${type.toLowerCase()}-back-${alia.id}`, mppPaymentId: scanned.id },
          customerId: alia.id,
        },
      ]);
      expect(await alia.confirm(scanned.id, type === 'Static' ? { amount: '100' } : {})).toMatchObject({
        status: 200,
        body: { status: 'CANCELLED' },
      });
      expect(await alia.balance()).toBe('1000.00');
    },
  );

  it('after the price of a service is known: the PS is also sent the price (R4)', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`custom-back-${alia.id}`)).body.payment;
    await alia.checkout(id, FILLED);
    expect((await alia.cancel(id)).body.status).toBe('CANCELLED');
    await deliver();
    expect(notifyBodies()).toMatchObject([{ payment: { paymentAmount: '100.00' } }]);
  });

  it('is notified until the PS answers', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`back-silent-${alia.id}`)).body.payment;
    fixture.kaspi.script = () => 'reset';
    expect((await alia.cancel(id)).body.status).toBe('CANCELLED');
    await deliver();
    fixture.kaspi.script = fixture.happy();
    clock.advance(MINUTE);
    await deliver();
    expect(notifyBodies()).toHaveLength(2);
    expect(await fixture.database.query('select 1 from outbox_messages')).toEqual([]);
  });

  it('after the debit: 409, and the payment is not changed', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`back-late-${alia.id}`)).body.payment;
    await alia.confirm(id);
    expect(await alia.cancel(id)).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
    expect((await alia.payment(id)).body.status).toBe('CONFIRMED');
    expect(notifyBodies()).toHaveLength(1);
  });

  it('of a DECLINED payment: 409', async () => {
    const alia = await customer('1.00');
    const { id } = (await alia.scan(`back-poor-${alia.id}`)).body.payment;
    await alia.confirm(id);
    expect(await alia.cancel(id)).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
    await deliver();
  });

  it('of a purchase that another customer has paid: CANCELLED, and the PS is not notified, so the purchase stays paid (R33)', async () => {
    const [alia, bekzat] = [await customer(), await customer()];
    const qrCode = `back-shared-${alia.id}`;
    const [hers, his] = [(await alia.scan(qrCode)).body.payment.id, (await bekzat.scan(qrCode)).body.payment.id];
    await alia.confirm(hers);
    expect((await bekzat.cancel(his)).body).toMatchObject({ status: 'CANCELLED' });
    await deliver();
    expect(notifyBodies().map(({ result }) => result.resultCode)).toEqual(['SUCCESS']);
    expect((await alia.payment(hers)).body.status).toBe('CONFIRMED');
  });

  it('of another customer’s payment: 404', async () => {
    const [alia, bekzat] = [await customer(), await customer()];
    const { id } = (await alia.scan(`back-other-${alia.id}`)).body.payment;
    expect((await bekzat.cancel(id)).status).toBe(404);
    expect((await alia.payment(id)).body.status).toBe('AWAITING_CONFIRMATION');
  });
});

describe('a payment that is not confirmed (R16)', () => {
  const expire = () => fixture.server.app.get(Expiry).expireDue();

  it.each(TYPES)('of a %s QR: EXPIRED when its time is over and not before; the PS is not notified', async (type) => {
    const alia = await customer();
    const { id } = (await alia.scan(`${type.toLowerCase()}-time-${alia.id}`)).body.payment;
    // Custom has no deadline before its checkout: PAYMENT_TTL_MS applies.
    const lastMoment = type === 'Custom' ? 15 * MINUTE : 10 * MINUTE - 2000;
    clock.advance(lastMoment);
    await expire();
    expect((await alia.payment(id)).body.status).toBe(SCANNED[type]);
    clock.advance(1);
    await expire();
    expect((await alia.payment(id)).body).toMatchObject({ status: 'EXPIRED', failure: { code: 'CONFIRMED_TOO_LATE' } });
    await deliver();
    expect(notifyBodies()).toEqual([]);
    const confirm = await alia.confirm(id, type === 'Static' ? { amount: '100' } : {});
    expect(confirm).toMatchObject({ status: 200, body: { status: 'EXPIRED' } });
    expect(await alia.balance()).toBe('1000.00');
  });

  it('and is then cancelled by its customer: it stays EXPIRED, and the PS is notified once', async () => {
    const alia = await customer();
    const { id } = (await alia.scan(`time-back-${alia.id}`)).body.payment;
    clock.advance(10 * MINUTE);
    await expire();
    for (let time = 0; time < 3; time++) {
      expect(await alia.cancel(id)).toMatchObject({ status: 200, body: { status: 'EXPIRED' } });
      await deliver();
    }
    expect(notifyBodies()).toMatchObject([{ result: { resultCode: 'CANCELLED_BY_CLIENT' } }]);
    const history = await fixture.database.query(
      'select status from qr_payment_history where payment_id = $1 order by version',
      [id],
    );
    expect(history).toEqual([{ status: 'AWAITING_CONFIRMATION' }, { status: 'EXPIRED' }]);
  });

  it('is expired by the schedule of a running server, without a request', async () => {
    const scheduled = await startTestServer(
      { DATABASE_URL: fixture.database.url, KASPI_BASE_URL: fixture.kaspi.url, EXPIRY_POLL_MS: '20' },
      clock,
    );
    try {
      const alia = await customer();
      const { id } = (await alia.scan(`schedule-${alia.id}`)).body.payment;
      clock.advance(10 * MINUTE);
      await until(
        'EXPIRED',
        () => alia.payment(id),
        ({ body }) => body.status === 'EXPIRED',
      );
    } finally {
      await scheduled.stop();
    }
  });
});
