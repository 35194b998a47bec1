import { describe, expect } from '@jest/globals';
import { crash, type Stage } from './crash.js';
import {
  ACCEPTED_STATE,
  AFTER,
  answeredAndUnderWay,
  BEFORE,
  CONFIRMED,
  CREDITED,
  crediting,
  creditingLeaseIsOver,
  expectRefundedOnce,
  KINDS,
  type Kind,
  type Prepared,
  prepare,
  refundState,
  type Statements,
  untilRefundState,
} from './refund-steps.js';
import type { Lost } from './silencing-proxy.js';

/** A server is killed at each step between a refund's arrival and its credit; the PS repeats its call at another server. */
describe('kill -9', () => {
  describe('around a refund', () => {
    const killed = crash(BEFORE, AFTER);

    /** The PS's call stops at this statement and is never answered. */
    async function cutOff(
      stage: Stage,
      kind: Kind,
      lost: Lost,
      at: (refundId: string) => Statements,
    ): Promise<Prepared> {
      const prepared = await prepare(stage, kind);
      const silent = stage.proxy.silence(lost, ...at(prepared.refundId));
      stage.cutOff(stage.refunds.refund(prepared.body));
      await silent;
      await untilRefundState(stage, prepared, lost === 'statement' ? kind.before : kind.decided);
      return prepared;
    }
    const commit = (refundId: string): Statements => [['insert into refund_calls', refundId], 'COMMIT'];

    describe.each(KINDS)('of $what', (kind) => {
      killed(
        'before anything is read: nothing has happened, and the PS’s next call counts as its first',
        (stage) => cutOff(stage, kind, 'statement', (refundId) => [['from refunds where refund_id', refundId]]),
        (stage, prepared) => expectRefundedOnce(stage, prepared, kind),
      );

      killed(
        'before the decision is committed: nothing has happened, and the PS’s next call counts as its first',
        (stage) => cutOff(stage, kind, 'statement', commit),
        (stage, prepared) => expectRefundedOnce(stage, prepared, kind),
      );

      killed(
        'after the decision is committed, before the PS is answered: the next call gets the same decision',
        (stage) => cutOff(stage, kind, 'answer', commit),
        (stage, prepared) => expectRefundedOnce(stage, prepared, kind),
      );
    });

    killed(
      'before the crediting is committed: the refund stays accepted, and the next server credits it',
      async (stage) => {
        const prepared = await answeredAndUnderWay(stage, 'statement', (refund) => [crediting(refund), 'COMMIT']);
        expect(await refundState(stage, prepared)).toEqual(ACCEPTED_STATE);
        return prepared;
      },
      (stage, prepared) => expectRefundedOnce(stage, prepared, CONFIRMED),
    );

    killed(
      'after the PS received SUCCESS, before the crediting began: the next server credits it without another call',
      async (stage) => {
        // The crediting of the previous test is stopped, so this one waits behind it in the server that leased it.
        const prepared = await prepare(stage, CONFIRMED);
        const reply = await stage.refunds.refund(prepared.body);
        expect(await refundState(stage, prepared)).toEqual(ACCEPTED_STATE);
        const [message] = await stage.database.query<{ attempts: number; claimed: boolean }>(
          `select attempts, lease is not null as claimed from outbox_messages m
           where key = (select id::text from refunds where refund_id = $1)`,
          [prepared.refundId],
        );
        expect(message).toEqual({ attempts: 1, claimed: true });
        return { ...prepared, answer: reply.text };
      },
      async (stage, prepared) => {
        await creditingLeaseIsOver(stage, prepared);
        await untilRefundState(stage, prepared, CREDITED);
        await expectRefundedOnce(stage, prepared, CONFIRMED);
      },
    );
  });

  describe('after a crediting is committed, before its server knew it', () => {
    const killed = crash(BEFORE, AFTER);

    killed(
      'the customer has the money, and the next server credits nothing more',
      async (stage) => {
        const prepared = await answeredAndUnderWay(stage, 'answer', (refund) => [crediting(refund), 'COMMIT']);
        await untilRefundState(stage, prepared, CREDITED);
        return prepared;
      },
      (stage, prepared) => expectRefundedOnce(stage, prepared, CONFIRMED),
    );
  });
});
