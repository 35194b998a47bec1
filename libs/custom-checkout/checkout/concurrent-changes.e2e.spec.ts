import { describe, expect, it } from '@jest/globals';
import { Expiry } from '@mpp/qr-payments';
import { checkoutFixture, TIME_LIMIT_MS } from '../../../test/support/checkout-fixture.js';
import { FILLED } from '../../../test/support/kaspi-peer.js';
import { until } from '../../../test/support/until.js';

describe('a checkout', () => {
  const { fixture, scanCustomQr, holdAnswer, history, loggedCalls, notifiesFor, clock } = checkoutFixture();

  describe('that is under way', () => {
    it('during a cancel: the payment is CANCELLED, its price is not stored, and the PS is notified once', async () => {
      const { fillIn, id, cancel, payment } = await scanCustomQr();
      const { arrived, release } = holdAnswer();
      const checkout = fillIn(FILLED);
      await arrived;
      expect(await cancel(id)).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
      release();
      expect(await checkout).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
      expect((await payment(id)).body).toMatchObject({ status: 'CANCELLED', amount: null });
      expect(await history(id)).toEqual(['AWAITING_CHECKOUT', 'CANCELLED']);
      expect(await loggedCalls(id)).toMatchObject([{ outcome: 'ANSWERED' }]);
      const notifies = await until(
        'the notify',
        () => notifiesFor(id),
        ({ length }) => length > 0,
      );
      expect(notifies).toEqual([
        {
          result: { resultCode: 'CANCELLED_BY_CLIENT', resultMessage: 'cancelled by client' },
          payment: { paymentId: expect.any(String), mppPaymentId: id },
          customerId: expect.any(String),
        },
      ]);
      expect(await fillIn(FILLED)).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
    });

    it('at its expiry: the payment is EXPIRED', async () => {
      const { fillIn, id, payment } = await scanCustomQr();
      const { arrived, release } = holdAnswer();
      const checkout = fillIn(FILLED);
      await arrived;
      clock.advance(TIME_LIMIT_MS + 1);
      await fixture.server.app.get(Expiry).expireDue();
      release();
      expect(await checkout).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
      expect((await payment(id)).body).toMatchObject({ status: 'EXPIRED', amount: null });
    });

    it('during another scan: the payment gets its price', async () => {
      const { fillIn, id, qrCode, scan } = await scanCustomQr();
      const { arrived, release } = holdAnswer();
      const checkout = fillIn(FILLED);
      await arrived;
      expect((await scan(qrCode)).body.payment).toMatchObject({ id, status: 'AWAITING_CHECKOUT' });
      release();
      expect(await checkout).toMatchObject({
        status: 200,
        body: { status: 'AWAITING_CONFIRMATION', amount: '100.00' },
      });
    });
  });
});
