import { describe, expect } from '@jest/globals';
import type { Answer, Mpp, PaymentBody } from '../support/mpp.js';
import { crash, type Stage } from './crash.js';

type App = Awaited<ReturnType<Mpp['as']>>;

/** An end of a payment without a debit, of which the PS is notified. */
interface EndOfPayment {
  readonly what: string;
  readonly result: string;
  readonly status: string;
  readonly history: string[];
  /** Prepares a payment for this end. */
  readonly prepare: (app: App, customer: string) => Promise<string>;
  readonly end: (app: App, id: string) => Promise<Answer<PaymentBody>>;
  /** What the customer can do as long as the payment has not ended. */
  readonly notYet: { what: string; expectIt: (stage: Stage, app: App, id: string) => Promise<void> };
}

const payable = {
  what: 'can be paid',
  expectIt: async (stage: Stage, app: App, id: string) => {
    expect(await stage.statusOf(id)).toBe('AWAITING_CONFIRMATION');
    expect(await app.confirm(id)).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
    expect(stage.notifiesOf(id).map(({ body }) => JSON.parse(body).result.resultCode)).toEqual(['SUCCESS']);
    expect(await stage.purposes(id)).toEqual(['PAYMENT', 'SETTLEMENT']);
  },
};

const ENDS: EndOfPayment[] = [
  {
    what: 'a cancel',
    result: 'CANCELLED_BY_CLIENT',
    status: 'CANCELLED',
    history: ['AWAITING_CONFIRMATION', 'CANCELLED'],
    prepare: async (app, customer) => (await app.scan(`coffee-${customer}`)).body.payment.id,
    end: (app, id) => app.cancel(id),
    notYet: payable,
  },
  {
    what: 'a cancel of an expired payment',
    result: 'CANCELLED_BY_CLIENT',
    status: 'EXPIRED',
    history: ['AWAITING_CONFIRMATION', 'EXPIRED'],
    prepare: async (app, customer) => {
      const { id } = (await app.scan(`late-${customer}`)).body.payment;
      expect((await app.confirm(id)).body.status).toBe('EXPIRED');
      return id;
    },
    end: (app, id) => app.cancel(id),
    notYet: {
      what: 'can be cancelled',
      expectIt: async (stage, app, id) => {
        expect(await stage.statusOf(id)).toBe('EXPIRED');
        expect(await stage.messages(id)).toEqual([]);
        expect(await app.cancel(id)).toMatchObject({ status: 200, body: { status: 'EXPIRED' } });
        await stage.untilDelivered(id);
        expect(stage.notifiesOf(id).map(({ body }) => JSON.parse(body).result.resultCode)).toEqual([
          'CANCELLED_BY_CLIENT',
        ]);
      },
    },
  },
  {
    what: 'a limit’s refusal',
    result: 'RISK_REJECT',
    status: 'DECLINED',
    history: ['AWAITING_CONFIRMATION', 'DECLINED'],
    prepare: async (app, customer) => (await app.scan(`expensive-${customer}`)).body.payment.id,
    end: (app, id) => app.confirm(id),
    notYet: payable,
  },
];

/** The next server has no limit; a payment that was refused stays refused. */
const LIMIT = { MAX_PAYMENT_AMOUNT: '500.00' };

/** A kill around every end of a payment without a debit. */
describe('kill -9', () => {
  const killed = crash(LIMIT);

  describe.each(ENDS)('around $what', ({ result, status, history, prepare, end, notYet }) => {
    const begin = async (stage: Stage) => {
      const customer = await stage.customer();
      const app = await stage.mpp.as(customer);
      return { app, customer, id: await prepare(app, customer) };
    };

    /** Notified so often with the same request; a repeat shows the payment without another notify; no money has moved. */
    async function expectEnded(stage: Stage, customer: string, id: string, times: number): Promise<void> {
      const app = await stage.mpp.as(customer);
      await stage.untilDelivered(id);
      expect(await end(app, id)).toMatchObject({ status: 200, body: { status } });
      const { requestId, body } = await stage.storedNotify(id);
      expect(JSON.parse(body)).toMatchObject({ result: { resultCode: result }, payment: { mppPaymentId: id } });
      expect(stage.notifiesOf(id).map((notify) => [notify.headers['x-request-id'], notify.body])).toEqual(
        Array(times).fill([requestId, body]),
      );
      expect(await stage.messages(id)).toHaveLength(1);
      expect(await stage.history(id)).toEqual(history);
      expect(await stage.purposes(id)).toEqual([]);
      expect(await app.balance()).toBe('1000.00');
    }

    killed(
      `before the commit: nothing has happened, and the payment ${notYet.what}`,
      async (stage) => {
        const { app, customer, id } = await begin(stage);
        const silent = stage.proxy.silence('statement', ['qr_payments_write_decision(', id]);
        stage.cutOff(end(app, id));
        await silent;
        return { customer, id };
      },
      async (stage, { customer, id }) => {
        expect(stage.notifiesOf(id)).toEqual([]);
        await notYet.expectIt(stage, await stage.mpp.as(customer), id);
      },
    );

    killed(
      'after the commit, before the notify left: the PS is notified once after the restart',
      async (stage) => {
        const { app, customer, id } = await begin(stage);
        const silent = stage.proxy.silence('answer', ['qr_payments_write_decision(', id]);
        stage.cutOff(end(app, id));
        await silent;
        await stage.untilNotifyStored(id);
        return { customer, id, stored: await stage.storedNotify(id) };
      },
      async (stage, { customer, id, stored }) => {
        expect(stage.notifiesOf(id)).toEqual([]);
        await stage.leaseIsOver(id);
        await expectEnded(stage, customer, id, 1);
        expect(await stage.storedNotify(id)).toEqual(stored);
      },
    );

    killed(
      'after the notify had left: the same request is repeated, and nothing else',
      async (stage) => {
        const { app, customer, id } = await begin(stage);
        stage.whenNotified(id, (time) => (time === 1 ? 'hang' : null));
        expect(await end(app, id)).toMatchObject({ status: 200, body: { status } });
        await stage.untilNotified(id);
        return { customer, id, stored: await stage.storedNotify(id) };
      },
      async (stage, { customer, id, stored }) => {
        await stage.leaseIsOver(id);
        await expectEnded(stage, customer, id, 2);
        expect(await stage.storedNotify(id)).toEqual(stored);
      },
    );
  });
});
