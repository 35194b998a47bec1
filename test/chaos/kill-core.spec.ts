import { describe, expect } from '@jest/globals';
import { CoreStage } from './core-stage.js';
import {
  BRIEF,
  debitOf,
  endsAs,
  expectState,
  GIVEN_BACK,
  NEVER_TAKEN,
  NO_ANSWER,
  NOT_EXECUTED,
  PAID,
  REFUNDED,
  REFUSED,
  refundSettled,
  refundSilenced,
  reversalSettled,
  settling,
} from './core-steps.js';
import { crashOf } from './crash.js';

/** A server is killed at each step of an operation at a bank's core, and another server goes on. */
describe('kill -9', () => {
  describe('during an operation at a bank’s core,', () => {
    const killed = crashOf(CoreStage.open);

    killed(
      'before the debit is recorded: nothing has happened, and the next confirm pays once',
      async (stage) => {
        const paying = await stage.scanned();
        const silent = stage.silence('statement', ['qr_payments_request_debit(', paying.payment]);
        void stage.confirm(paying);
        await silent;
        return expectState(stage, paying, 'AWAITING_CONFIRMATION', []);
      },
      endsAs(PAID),
    );

    killed(
      'after the debit is recorded, before the core is called: the next server calls, and the payment is CONFIRMED',
      async (stage) => {
        const paying = await stage.scanned();
        const silent = stage.silence('answer', ['qr_payments_request_debit(', paying.payment]);
        void stage.confirm(paying);
        await silent;
        return expectState(stage, paying, 'DEBITING', []);
      },
      endsAs(PAID),
    );

    killed(
      'while the core has not yet debited: the call is repeated, and the core debits once',
      async (stage) => {
        const paying = await stage.scanned();
        stage.fail({ coreDebit: [NOT_EXECUTED] });
        await stage.confirm(paying);
        await stage.untilSpent('coreDebit');
        return expectState(stage, paying, 'DEBITING', []);
      },
      endsAs(PAID),
    );

    killed(
      'after the core debited, before its answer arrived: the next server requests the outcome, and nothing is debited twice',
      async (stage) => {
        const paying = await stage.scanned();
        stage.fail({ coreDebit: [NO_ANSWER] });
        await stage.confirm(paying);
        await stage.untilMoved(paying, 'DEBIT');
        return expectState(stage, paying, 'DEBITING', ['DEBIT']);
      },
      endsAs(PAID),
    );

    killed(
      'before the core is called, until the deadline has passed: the core is not called any more and never debits',
      async (stage) => {
        const paying = await stage.scanned(BRIEF);
        const silent = stage.silence('answer', ['qr_payments_request_debit(', paying.payment]);
        void stage.confirm(paying);
        await silent;
        return expectState(stage, paying, 'DEBITING', []);
      },
      endsAs(NEVER_TAKEN),
    );

    killed(
      'after the core debited, until the deadline has passed: the debit is reversed, and the PS is notified that there is no purchase',
      async (stage) => {
        const paying = await stage.scanned(BRIEF);
        stage.fail({ coreDebit: [NO_ANSWER] });
        await stage.confirm(paying);
        await stage.untilMoved(paying, 'DEBIT');
        return expectState(stage, paying, 'DEBITING', ['DEBIT']);
      },
      endsAs(GIVEN_BACK),
    );

    killed(
      'while the core has not yet reversed: the call is repeated, and the core reverses once',
      async (stage) => {
        const paying = await stage.scanned();
        stage.fail({ notifyPayment: [REFUSED], coreReversal: [NOT_EXECUTED] });
        await stage.confirm(paying);
        await stage.untilSpent('coreReversal');
        return expectState(stage, paying, 'REVERSING', ['DEBIT']);
      },
      endsAs(GIVEN_BACK),
    );

    killed(
      'after the core reversed, before its answer arrived: the call is repeated, and the core reverses nothing more',
      async (stage) => {
        const paying = await stage.scanned();
        stage.fail({ notifyPayment: [REFUSED], coreReversal: [NO_ANSWER] });
        await stage.confirm(paying);
        await stage.untilMoved(paying, 'REVERSAL');
        return expectState(stage, paying, 'REVERSING', ['DEBIT', 'REVERSAL']);
      },
      endsAs(GIVEN_BACK),
    );

    killed(
      'before the credit of a refund is recorded: the next server credits the refund',
      (stage) => refundSilenced(stage, 'statement', ['core_operation_request(', 'CREDIT']),
      endsAs(REFUNDED),
    );

    killed(
      'after the credit is recorded, before the core is called: the next server requests the same credit',
      (stage) => refundSilenced(stage, 'answer', ['core_operation_request(', 'CREDIT']),
      endsAs(REFUNDED),
    );

    killed(
      'while the core has not yet credited: the call is repeated, and the core credits once',
      async (stage) => {
        const paying = await stage.paid();
        stage.fail({ coreCredit: [NOT_EXECUTED] });
        await stage.refund(paying);
        await stage.untilSpent('coreCredit');
        return expectState(stage, paying, 'CONFIRMED', ['DEBIT']);
      },
      endsAs(REFUNDED),
    );

    killed(
      'after the core credited, before its answer arrived: the call is repeated, and the core credits nothing more',
      async (stage) => {
        const paying = await stage.paid();
        stage.fail({ coreCredit: [NO_ANSWER] });
        await stage.refund(paying);
        await stage.untilMoved(paying, 'CREDIT');
        return expectState(stage, paying, 'CONFIRMED', ['DEBIT', 'CREDIT']);
      },
      endsAs(REFUNDED),
    );

    // A silenced settlement blocks all later ones of its topic, so these tests come last.
    killed(
      'after the core’s answer to a credit arrived, before it is stored: the call is repeated, and the customer is credited once',
      async (stage) => (await refundSettled(stage, (id) => ({ lost: 'statement', at: [settling(id)] }))).paying,
      endsAs(REFUNDED),
    );

    killed(
      'after the core’s answer to a reversal arrived, before it is stored: the call is repeated, and the debit is reversed once',
      (stage) => reversalSettled(stage, (id) => ({ lost: 'statement', at: [settling(id)] }), 'REVERSING'),
      endsAs(GIVEN_BACK),
    );

    killed(
      'after the core’s answer to a debit arrived, before it is stored: the next server requests the outcome and notifies the PS',
      async (stage) => {
        const paying = await stage.scanned();
        const silent = stage.silence('statement', settling(debitOf(paying)));
        await stage.confirm(paying);
        await silent;
        return expectState(stage, paying, 'DEBITING', ['DEBIT']);
      },
      endsAs(PAID),
    );
  });

  describe('after the core’s answer is stored, before anything else happens:', () => {
    const killed = crashOf(CoreStage.open);

    killed(
      'the refund is credited once',
      async (stage) => {
        const at = (id: string) => ({ lost: 'answer' as const, at: [settling(id), 'COMMIT'] });
        const { paying, id } = await refundSettled(stage, at);
        await stage.untilRefund(id, 'CREDITED');
        return paying;
      },
      endsAs(REFUNDED),
    );

    killed(
      'the payment stays REVERSED',
      (stage) => reversalSettled(stage, (id) => ({ lost: 'answer', at: [settling(id), 'COMMIT'] }), 'REVERSED'),
      endsAs(GIVEN_BACK),
    );

    killed(
      'a payment that the PS refused is REVERSING, and the next server requests the reversal',
      async (stage) => {
        const paying = await stage.scanned();
        stage.fail({ notifyPayment: [REFUSED] });
        const statement = ['outbox_enqueue(', 'coreReversal', paying.payment];
        const silent = stage.silence('answer', statement, 'COMMIT');
        await stage.confirm(paying);
        await silent;
        return expectState(stage, paying, 'REVERSING', ['DEBIT']);
      },
      endsAs(GIVEN_BACK),
    );

    killed(
      'the payment is PROCESSING, and the next server notifies the PS',
      async (stage) => {
        const paying = await stage.scanned();
        const silent = stage.silence('answer', settling(debitOf(paying)), 'COMMIT');
        await stage.confirm(paying);
        await silent;
        expect(stage.simulator.purchases(paying.customer)[0]?.status).not.toBe('CONFIRMED');
        return expectState(stage, paying, 'PROCESSING', ['DEBIT']);
      },
      endsAs(PAID),
    );
  });
});
