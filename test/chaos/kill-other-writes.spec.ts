import { describe, expect } from '@jest/globals';
import { FILLED } from '../support/kaspi-peer.js';
import type { Answer, Mpp, PaymentBody } from '../support/mpp.js';
import { until } from '../support/until.js';
import { crash, type Stage } from './crash.js';

type App = Awaited<ReturnType<Mpp['as']>>;

/** An end of a payment without a debit, of which the PS is notified. */
interface Ending {
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

const ENDINGS: Ending[] = [
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
    prepare: async (app, customer) => (await app.scan(`dear-${customer}`)).body.payment.id,
    end: (app, id) => app.confirm(id),
    notYet: payable,
  },
];

const OUTCOMES = ['REVERSED', 'CONFIRMED'] as const;
const POSTING = { REVERSED: 'REVERSAL', CONFIRMED: 'SETTLEMENT' };
const BALANCE = { REVERSED: '1000.00', CONFIRMED: '900.00' };
/** A reversal closes the waiting notify; a confirmation leaves it open, to fetch the receipt (R36, R19). */
const NOTIFY = { REVERSED: 'done', CONFIRMED: 'waiting' };

/** The next server has no limit; a payment that was refused stays refused. */
const LIMIT = { MAX_PAYMENT_AMOUNT: '500.00' };
/** A payment without an answer is in doubt at once. */
const DOUBT = { IN_DOUBT_AFTER_MS: '1' };

/** A kill at every write except a confirm's (kill-confirm.spec.ts). */
describe('kill -9', () => {
  const killed = crash({ ...LIMIT, ...DOUBT }, DOUBT);

  describe.each(ENDINGS)('around $what', ({ result, status, history, prepare, end, notYet }) => {
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
    type Begun = Awaited<ReturnType<typeof begin>>;

    /** One payment with one price, which can be paid after any number of checkouts. */
    async function expectPricedOnce(stage: Stage, { customer, qrCode, id }: Begun, values = FILLED): Promise<void> {
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

    async function expectFrozen(stage: Stage, { customer, qrCode, id }: Begun): Promise<void> {
      const before = stage.checkoutsOf(qrCode);
      const app = await stage.mpp.as(customer);
      expect(await app.checkout(id, OTHERS)).toMatchObject({ status: 409, body: { code: 'FORM_FROZEN' } });
      expect(stage.checkoutsOf(qrCode)).toEqual(before);
    }

    killed(
      'before its values are frozen: other values can be sent',
      (stage) => begin(stage, (id) => stage.proxy.silence('statement', ['qr_payments_freeze_form(', id])),
      async (stage, begun) => {
        expect(stage.checkoutsOf(begun.qrCode)).toEqual([]);
        await expectPricedOnce(stage, begun, OTHERS);
        expect(stage.checkoutsOf(begun.qrCode)).toEqual([sent(begun.qrCode, OTHERS)]);
      },
    );

    killed(
      'after its values are frozen, before the PS is called: the same values get a price, others are 409',
      (stage) => begin(stage, (id) => stage.proxy.silence('statement', ['kaspi_call_begin', id])),
      async (stage, begun) => {
        expect(stage.checkoutsOf(begun.qrCode)).toEqual([]);
        await expectFrozen(stage, begun);
        await expectPricedOnce(stage, begun);
        expect(stage.checkoutsOf(begun.qrCode)).toEqual([sent(begun.qrCode, FILLED)]);
      },
    );

    killed(
      'after the PS answered, before the price is stored: the same values repeat the same request and get the price',
      (stage) => begin(stage, (id) => stage.proxy.silence('statement', ['with priced as', id])),
      async (stage, begun) => {
        expect(await stage.statusOf(begun.id)).toBe('AWAITING_CHECKOUT');
        expect(stage.checkoutsOf(begun.qrCode)).toHaveLength(1);
        await expectFrozen(stage, begun);
        await expectPricedOnce(stage, begun);
        expect(stage.checkoutsOf(begun.qrCode)).toEqual(Array(2).fill(sent(begun.qrCode, FILLED)));
      },
    );

    killed(
      'after the price is stored, before the server knew it: the same values get it, and the PS is not called again',
      async (stage) => {
        const begun = await begin(stage, (id) => stage.proxy.silence('answer', ['with priced as', id]));
        await stage.untilStatus(begun.id, 'AWAITING_CONFIRMATION');
        return begun;
      },
      async (stage, begun) => {
        await expectFrozen(stage, begun);
        await expectPricedOnce(stage, begun);
        expect(stage.checkoutsOf(begun.qrCode)).toEqual([sent(begun.qrCode, FILLED)]);
      },
    );
  });

  /** The audit entry is the last statement before the commit. */
  const audit = (id: string): (string | string[])[] => [['insert into access_audit', id], 'COMMIT'];

  describe.each(OUTCOMES)('around an operator’s %s', (outcome) => {
    async function begin(stage: Stage, lost: 'statement' | 'answer') {
      const customer = await stage.customer();
      const app = await stage.mpp.as(customer);
      const { id } = (await app.scan(`doubt-${customer}`)).body.payment;
      stage.whenNotified(id, () => 'reset');
      await app.confirm(id);
      await stage.untilStatus(id, 'IN_DOUBT');
      const silent = stage.proxy.silence(lost, ...audit(id));
      stage.cutOff(stage.mpp.resolve(id, outcome));
      await silent;
      return { customer, id };
    }

    async function expectSettledOnce(stage: Stage, customer: string, id: string): Promise<void> {
      expect(await stage.mpp.resolve(id, outcome)).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
      expect(await stage.statusOf(id)).toBe(outcome);
      expect(await stage.history(id)).toEqual(['AWAITING_CONFIRMATION', 'PROCESSING', 'IN_DOUBT', outcome]);
      expect(await stage.purposes(id)).toEqual(['PAYMENT', POSTING[outcome]]);
      expect(await stage.audited(id)).toEqual(['PAYMENT_RESOLVED']);
      expect(await stage.messages(id)).toMatchObject([{ place: NOTIFY[outcome] }]);
      expect(await (await stage.mpp.as(customer)).balance()).toBe(BALANCE[outcome]);
      expect(await stage.mpp.trialBalance()).toMatchObject({ balanced: true });
    }

    killed(
      'before the commit: the payment is still IN_DOUBT, its notify waits, nothing is audited, and the operator can repeat it',
      (stage) => begin(stage, 'statement'),
      async (stage, { customer, id }) => {
        expect(await stage.statusOf(id)).toBe('IN_DOUBT');
        expect(await stage.messages(id)).toMatchObject([{ place: 'waiting' }]);
        expect(await stage.audited(id)).toEqual([]);
        expect(await stage.purposes(id)).toEqual(['PAYMENT']);
        expect(await (await stage.mpp.as(customer)).balance()).toBe('900.00');
        expect(await stage.mpp.resolve(id, outcome)).toMatchObject({ status: 200, body: { status: outcome } });
        await expectSettledOnce(stage, customer, id);
      },
    );

    killed(
      'after the commit, before the operator was answered: the payment is settled once, and a repeat is 409',
      async (stage) => {
        const begun = await begin(stage, 'answer');
        await stage.untilStatus(begun.id, outcome);
        return begun;
      },
      async (stage, { customer, id }) => {
        await expectSettledOnce(stage, customer, id);
        if (outcome === 'REVERSED') {
          expect(stage.notifiesOf(id)).toHaveLength(1);
          return;
        }
        stage.whenNotified(id, () => null);
        await stage.untilDelivered(id);
        expect((await (await stage.mpp.as(customer)).receipt(id)).status).toBe(200);
        expect(await stage.purposes(id)).toEqual(['PAYMENT', 'SETTLEMENT']);
      },
    );
  });

  describe('around an operator’s retry of a done message', () => {
    const retry = async (stage: Stage, messageId: string) =>
      stage.mpp.call('POST', `/ops/v1/outbox/${messageId}/retry`, { token: await stage.mpp.teamToken('operations') });

    async function begin(stage: Stage, lost: 'statement' | 'answer') {
      const customer = await stage.customer();
      const app = await stage.mpp.as(customer);
      const { id } = (await app.scan(`again-${customer}`)).body.payment;
      await app.cancel(id);
      await stage.untilDelivered(id);
      const [message] = await stage.messages(id);
      const messageId = message?.id ?? '';
      const silent = stage.proxy.silence(lost, ...audit(id));
      stage.cutOff(retry(stage, messageId));
      await silent;
      return { id, messageId };
    }

    /** Delivered so often with the same content, and done. */
    async function expectDelivered(stage: Stage, { id, messageId }: { id: string; messageId: string }, times: number) {
      await stage.untilDelivered(id);
      expect(await stage.messages(id)).toEqual([{ id: messageId, place: 'done' }]);
      const { requestId, body } = await stage.storedNotify(id);
      expect(stage.notifiesOf(id).map((notify) => [notify.headers['x-request-id'], notify.body])).toEqual(
        Array(times).fill([requestId, body]),
      );
    }

    killed(
      'before the commit: the message is still done, nothing is audited, and the operator can repeat it',
      (stage) => begin(stage, 'statement'),
      async (stage, begun) => {
        await expectDelivered(stage, begun, 1);
        expect(await stage.audited(begun.id)).toEqual([]);
        expect((await retry(stage, begun.messageId)).status).toBe(200);
        await expectDelivered(stage, begun, 2);
        expect(await stage.audited(begun.id)).toEqual(['OUTBOX_RETRIED']);
      },
    );

    killed(
      'after the commit, before the operator was answered: the message waits and is delivered once more',
      async (stage) => {
        const begun = await begin(stage, 'answer');
        const messages = await until(
          'the message waits',
          () => stage.messages(begun.id),
          (found) => found.some(({ place }) => place === 'waiting'),
        );
        expect(messages).toEqual([{ id: begun.messageId, place: 'waiting' }]);
        return begun;
      },
      async (stage, begun) => {
        await expectDelivered(stage, begun, 2);
        expect(await stage.audited(begun.id)).toEqual(['OUTBOX_RETRIED']);
      },
    );
  });
});
