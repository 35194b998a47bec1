import { describe, expect } from '@jest/globals';
import { until } from '../support/until.js';
import { crash, type Stage } from './crash.js';

const OUTCOMES = ['REVERSED', 'CONFIRMED'] as const;
const POSTING = { REVERSED: 'REVERSAL', CONFIRMED: 'SETTLEMENT' };
const BALANCE = { REVERSED: '1000.00', CONFIRMED: '900.00' };
/** A reversal closes the waiting notify; a confirmation leaves it open, to fetch the receipt (R36, R19). */
const NOTIFY = { REVERSED: 'done', CONFIRMED: 'waiting' };

/** A payment without an answer is in doubt at once. */
const DOUBT = { IN_DOUBT_AFTER_MS: '1' };

/** A kill around an operator's writes. */
describe('kill -9', () => {
  const killed = crash(DOUBT, DOUBT);

  /** The audit entry is the last statement before the commit. */
  const audit = (id: string): (string | string[])[] => [['INSERT INTO "access_audit"', id], 'COMMIT'];

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
      expect(await stage.mpp.resolve(id, outcome)).toMatchObject({ status: 200, body: { status: outcome } });
      const otherwise = await stage.mpp.resolve(id, outcome, 'another reason');
      expect(otherwise).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
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
      'after the commit, before the operator was answered: the payment is settled once, and a repeat gets the answer',
      async (stage) => {
        const prepared = await begin(stage, 'answer');
        await stage.untilStatus(prepared.id, outcome);
        return prepared;
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
      async (stage, prepared) => {
        await expectDelivered(stage, prepared, 1);
        expect(await stage.audited(prepared.id)).toEqual([]);
        expect((await retry(stage, prepared.messageId)).status).toBe(200);
        await expectDelivered(stage, prepared, 2);
        expect(await stage.audited(prepared.id)).toEqual(['OUTBOX_RETRIED']);
      },
    );

    killed(
      'after the commit, before the operator was answered: the message waits and is delivered once more',
      async (stage) => {
        const prepared = await begin(stage, 'answer');
        const messages = await until(
          'the message waits',
          () => stage.messages(prepared.id),
          (found) => found.some(({ place }) => place === 'waiting'),
        );
        expect(messages).toEqual([{ id: prepared.messageId, place: 'waiting' }]);
        return prepared;
      },
      async (stage, prepared) => {
        await expectDelivered(stage, prepared, 2);
        expect(await stage.audited(prepared.id)).toEqual(['OUTBOX_RETRIED']);
      },
    );
  });
});
