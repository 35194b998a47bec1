import { describe, expect } from '@jest/globals';
import { FILLED } from '../support/kaspi-peer.js';
import { crash, type Stage } from './crash.js';

describe('kill -9', () => {
  const killed = crash();

  describe('around a checkout', () => {
    const OTHERS = [
      { id: 3932, value: '001AAA01' },
      { id: 3933, value: 'B2' },
    ];
    /** Filled in by the PS and sent back to it. */
    const CITY = { id: 3934, value: 'Алматы' };
    const sent = (qrCode: string, values: typeof FILLED) =>
      JSON.stringify({ paymentId: `ps-${qrCode}`, serviceId: 2862, parameters: [...values, CITY] });

    /** A customer's checkout, which stops at the proxy's breakpoint. */
    async function begin(stage: Stage, setBreakpoint: (id: string) => Promise<void>) {
      const customer = await stage.customer();
      const app = await stage.mpp.as(customer);
      const qrCode = `custom-${customer}`;
      const { id } = (await app.scan(qrCode)).body.payment;
      const silent = setBreakpoint(id);
      stage.cutOff(app.checkout(id, FILLED));
      await silent;
      return { customer, qrCode, id };
    }
    type Prepared = Awaited<ReturnType<typeof begin>>;

    /** One payment with one price, which can be paid after any number of checkouts. */
    async function expectPricedOnce(stage: Stage, { customer, qrCode, id }: Prepared, values = FILLED): Promise<void> {
      const app = await stage.mpp.as(customer);
      const priced = { id, status: 'AWAITING_CONFIRMATION', amount: '100.00' };
      expect(await app.checkout(id, values)).toMatchObject({ status: 200, body: priced });
      expect(await stage.history(id)).toEqual(['AWAITING_CHECKOUT', 'AWAITING_CONFIRMATION']);
      expect(
        await stage.database.query('select id from qr_payments where kaspi_payment_id = $1', [`ps-${qrCode}`]),
      ).toEqual([{ id }]);
      expect((await app.confirm(id, { expectedAmount: '100.00' })).body.status).toBe('CONFIRMED');
      expect(await app.balance()).toBe('900.00');
    }

    async function expectFrozen(stage: Stage, { customer, qrCode, id }: Prepared): Promise<void> {
      const before = stage.checkoutsOf(qrCode);
      const app = await stage.mpp.as(customer);
      expect(await app.checkout(id, OTHERS)).toMatchObject({ status: 409, body: { code: 'FORM_FROZEN' } });
      expect(stage.checkoutsOf(qrCode)).toEqual(before);
    }

    killed(
      'before its values are frozen: other values can be sent',
      (stage) => begin(stage, (id) => stage.proxy.silence('statement', ['qr_payments_freeze_form(', id])),
      async (stage, prepared) => {
        expect(stage.checkoutsOf(prepared.qrCode)).toEqual([]);
        await expectPricedOnce(stage, prepared, OTHERS);
        expect(stage.checkoutsOf(prepared.qrCode)).toEqual([sent(prepared.qrCode, OTHERS)]);
      },
    );

    killed(
      'after its values are frozen, before the PS is called: the same values get a price, others are 409',
      (stage) => begin(stage, (id) => stage.proxy.silence('statement', ['kaspi_call_begin', id])),
      async (stage, prepared) => {
        expect(stage.checkoutsOf(prepared.qrCode)).toEqual([]);
        await expectFrozen(stage, prepared);
        await expectPricedOnce(stage, prepared);
        expect(stage.checkoutsOf(prepared.qrCode)).toEqual([sent(prepared.qrCode, FILLED)]);
      },
    );

    killed(
      'after the PS answered, before the price is stored: the same values repeat the same request and get the price',
      (stage) => begin(stage, (id) => stage.proxy.silence('statement', ['qr_payments_write_priced(', id])),
      async (stage, prepared) => {
        expect(await stage.statusOf(prepared.id)).toBe('AWAITING_CHECKOUT');
        expect(stage.checkoutsOf(prepared.qrCode)).toHaveLength(1);
        await expectFrozen(stage, prepared);
        await expectPricedOnce(stage, prepared);
        expect(stage.checkoutsOf(prepared.qrCode)).toEqual(Array(2).fill(sent(prepared.qrCode, FILLED)));
      },
    );

    killed(
      'after the price is stored, before the server knew it: the same values get it, and the PS is not called again',
      async (stage) => {
        const prepared = await begin(stage, (id) => stage.proxy.silence('answer', ['qr_payments_write_priced(', id]));
        await stage.untilStatus(prepared.id, 'AWAITING_CONFIRMATION');
        return prepared;
      },
      async (stage, prepared) => {
        await expectFrozen(stage, prepared);
        await expectPricedOnce(stage, prepared);
        expect(stage.checkoutsOf(prepared.qrCode)).toEqual([sent(prepared.qrCode, FILLED)]);
      },
    );
  });
});
