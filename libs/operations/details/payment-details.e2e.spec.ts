import { describe, expect, it } from '@jest/globals';
import { LINKS, type Reply, refusal } from '../../../test/support/kaspi-peer.js';
import {
  operatorPayments,
  type Part,
  type PaymentDetails,
  SUCCESS,
  UNKNOWN_ID,
} from '../../../test/support/operator-payments.js';
import { expectProblem } from '../../../test/support/problems.js';
import { until } from '../../../test/support/until.js';

const IN_TRANSIT = { id: '00000000-0000-7000-8000-000000000002', account: 'IN_TRANSIT' };
const PAYABLE = { id: '00000000-0000-7000-8000-000000000003', account: 'PAYABLE_TO_KASPI' };

const { clock, customer, detailsOf, drain, get, pay, post, resolve, scan, fixture } = operatorPayments();

describe('operators', () => {
  describe('read the details of a payment', () => {
    it('that Kaspi confirmed', async () => {
      const alia = await customer();
      const begin = clock.now().toISOString();
      fixture.notify = () => {
        clock.advance(250);
        return { json: { result: SUCCESS, ...LINKS } };
      };
      const id = await pay(alia);
      const end = clock.now().toISOString();
      const read = await get<PaymentDetails>(`payments/${id.toUpperCase()}`, 'accounting');
      expect(read.status).toBe(200);
      const [scanned, notified] = fixture.kaspi.arrived.map(({ headers }) => headers['x-request-id']);
      const answered = { attempt: 1, outcome: 'ANSWERED', httpStatus: 200, resultCode: 'SUCCESS', meaning: 'Done.' };
      const bought = {
        amount: '100.00',
        id: expect.stringMatching(/^\d+$/),
        corrects: null,
        reason: null,
        operator: null,
      };
      const hers = { id: alia.account, account: 'CUSTOMER' };
      expect(read.body).toMatchObject({ id, status: 'CONFIRMED', service: null, receipt: LINKS, audit: [] });
      expect(read.body.history).toEqual([
        { version: 0, status: 'AWAITING_CONFIRMATION', reason: null, at: begin },
        { version: 1, status: 'PROCESSING', reason: null, at: begin },
        { version: 2, status: 'CONFIRMED', reason: null, at: end },
      ]);
      expect(read.body.exchanges).toMatchObject([
        { ...answered, method: 'scan', requestId: scanned, startedAt: begin, durationMs: 0 },
        { ...answered, method: 'notifyPayment', requestId: notified, finishedAt: end, durationMs: 250 },
      ]);
      expect(read.body.exchanges[1]?.answer).toBe(JSON.stringify({ result: SUCCESS, ...LINKS }));
      expect(read.body.entries).toEqual([
        { ...bought, purpose: 'PAYMENT', debit: hers, credit: IN_TRANSIT, bookedAt: begin },
        { ...bought, purpose: 'SETTLEMENT', debit: IN_TRANSIT, credit: PAYABLE, bookedAt: end },
      ]);
      expect(read.body.messages).toEqual([
        {
          id: expect.any(String),
          topic: 'notifyPayment',
          status: 'DONE',
          attempts: 1,
          nextAttemptAt: null,
          lastError: null,
          createdAt: begin,
          doneAt: end,
        },
      ]);
    });

    it('while a call to the PS is under way and has no outcome yet', async () => {
      const alia = await customer();
      let answer: (reply: Reply) => void = () => undefined;
      fixture.notify = () =>
        new Promise((answered) => {
          answer = answered;
        });
      const id = await scan(alia);
      await alia.confirm(id);
      await until(
        'the call to the PS',
        () => fixture.kaspi.of('notifyPayment'),
        (notifies) => notifies.length === 1,
      );
      const details = await detailsOf(id);
      expect(details).toMatchObject({ status: 'PROCESSING', messages: [{ status: 'IN_FLIGHT' }] });
      const open = { outcome: null, finishedAt: null, durationMs: null, httpStatus: null, resultCode: null };
      expect(details.exchanges[1]).toMatchObject({ ...open, meaning: null, answer: null });

      // An attempt that is under way is left alone.
      const retried = await post<Part>(`outbox/${details.messages[0]?.id}/retry`);
      expect(retried).toMatchObject({ status: 200, body: { status: 'IN_FLIGHT', attempts: 1 } });
      answer({ json: { result: SUCCESS, ...LINKS } });
      await drain();
      expect(fixture.kaspi.of('notifyPayment')).toHaveLength(1);
      expect(await detailsOf(id)).toMatchObject({ status: 'CONFIRMED', audit: [] });
    });

    it('with the customer and the values of the form masked in it', async () => {
      const alia = await customer();
      const [plate, phone] = ['547RBA02', '87015550101'];
      const parameters = [
        { id: 1, name: 'Госномер', value: '' },
        { id: 2, name: 'Телефон', value: phone },
        { id: 3, name: 'Зона', value: '', options: [{ key: 'A1', label: 'Зона A1' }] },
        { id: 4, name: 'Комментарий', value: '' },
      ];
      const paymentData = { serviceId: 2862, serviceName: 'Парковка', parameters };
      fixture.kaspi.script = ({ path, body }) => {
        if (path.endsWith('/notifyPayment')) return refusal('UNKNOWN_CUSTOMER');
        if (path.endsWith('/checkout')) return { json: { result: SUCCESS, paymentAmount: 100, ...JSON.parse(body) } };
        const payment = { paymentId: 'ps-form' };
        return { json: { result: SUCCESS, qrCodeType: 'Custom', payment, paymentData, customerId: alia.id } };
      };
      const id = await scan(alia, 'form');
      const values = async () =>
        (await detailsOf(id)).service as { name: string; parameters: { value: string | null; options: Part[] }[] };
      expect((await values()).parameters.map(({ value }) => value)).toEqual([null, '*****', null, null]);

      const given = [
        { id: 1, value: plate },
        { id: 3, value: 'A1' },
        { id: 4, value: 'Дом 12' },
      ];
      const token = await fixture.server.mpp.customerToken(alia.id);
      const priced = await fixture.server.mpp.call('POST', `/v1/payments/${id}/checkout`, {
        token,
        body: { parameters: given },
      });
      expect(priced).toMatchObject({ status: 200, body: { amount: '100.00' } });
      await alia.confirm(id);
      await drain();

      const { exchanges, ...rest } = await detailsOf(id);
      expect(exchanges.map(({ method }) => method)).toEqual(['scan', 'checkout', 'notifyPayment']);
      expect(fixture.kaspi.arrived.map(({ body }) => body).join()).toContain(plate);
      for (const personal of [alia.id, plate, phone, 'Дом 12'])
        expect(JSON.stringify(exchanges)).not.toContain(personal);
      for (const filledIn of [plate, phone, 'Дом 12']) expect(JSON.stringify(rest)).not.toContain(filledIn);
      const masked = ['*****', '*****', '*****', '*****'];
      expect((await values()).parameters.map(({ value }) => value)).toEqual(masked);
      expect(await values()).toMatchObject({ id: 2862, name: 'Парковка' });
      expect((await values()).parameters[2]?.options).toEqual([{ key: 'A1', label: 'Зона A1', description: null }]);
    });

    it.each([UNKNOWN_ID, 'payment', '%00', '019b1f7e'])('and get 404 for %s', async (id) => {
      expectProblem(await get(`payments/${id}`), 404, 'NOT_FOUND');
      expectProblem(await resolve(id, 'REVERSED'), 404, 'NOT_FOUND');
    });
  });
});
