import { describe, expect } from '@jest/globals';
import { CoreStage, type Outcome, type Paying } from './core-stage.js';
import { crashOf } from './crash.js';

const FOR_EVER = { do: 'slow', ms: 600_000, count: 1 } as const;
/** Long enough for the test to read the operation's id and to set a breakpoint on it. */
const A_WHILE = { do: 'slow', ms: 3000, count: 1 } as const;
const NEVER = { do: 'hang', count: 1 } as const;
const REFUSED = { do: 'refuse', resultCode: 'RISK_REJECT', count: 1 } as const;
/** In seconds: long enough to confirm, and over when the next server starts. */
const BRIEF = 8;

const PAID: Outcome = { status: 'CONFIRMED', balance: '900.00', moved: ['DEBIT'], journal: ['PAYMENT', 'SETTLEMENT'] };
const GIVEN_BACK: Outcome = {
  status: 'REVERSED',
  balance: '1000.00',
  moved: ['DEBIT', 'REVERSAL'],
  journal: ['PAYMENT', 'REVERSAL'],
};
const NEVER_TAKEN: Outcome = { status: 'REVERSED', balance: '1000.00', moved: [], journal: [] };
const REFUNDED: Outcome = {
  status: 'CONFIRMED',
  balance: '930.00',
  moved: ['DEBIT', 'CREDIT'],
  journal: ['PAYMENT', 'SETTLEMENT', 'REFUND'],
};

/** The app confirms again; then the payment has the expected end in the core, at the PS and in our journal. */
async function expectEnd(stage: CoreStage, paying: Paying, outcome: Outcome): Promise<void> {
  await stage.confirm(paying);
  await stage.untilStatus(paying, outcome.status ?? '');
  await stage.untilAllAgree();
  expect(await stage.outcome(paying)).toEqual(outcome);
}

const endsAs = (outcome: Outcome) => (stage: CoreStage, paying: Paying) => expectEnd(stage, paying, outcome);

/** Expects this state at the kill. */
async function expectState(
  stage: CoreStage,
  paying: Paying,
  status: string,
  moved: readonly string[],
): Promise<Paying> {
  await stage.untilStatus(paying, status);
  expect(stage.movedOf(paying)).toEqual(moved);
  return paying;
}

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
        stage.fail({ coreDebit: [NEVER] });
        await stage.confirm(paying);
        await stage.untilSpent('coreDebit');
        return expectState(stage, paying, 'DEBITING', []);
      },
      endsAs(PAID),
    );

    killed(
      'after the core debited, before its answer arrived: the next server asks for the outcome, and nothing is debited twice',
      async (stage) => {
        const paying = await stage.scanned();
        stage.fail({ coreDebit: [FOR_EVER] });
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
        stage.fail({ coreDebit: [FOR_EVER] });
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
        stage.fail({ notifyPayment: [REFUSED], coreReversal: [NEVER] });
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
        stage.fail({ notifyPayment: [REFUSED], coreReversal: [FOR_EVER] });
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
        stage.fail({ coreCredit: [NEVER] });
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
        stage.fail({ coreCredit: [FOR_EVER] });
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
      'after the core’s answer to a debit arrived, before it is stored: the next server asks for the outcome and notifies the PS',
      async (stage) => {
        const paying = await stage.scanned();
        const silent = stage.silence('statement', settling(paying.payment));
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
        const asked = ['outbox_enqueue(', 'coreReversal', paying.payment];
        const silent = stage.silence('answer', asked, 'COMMIT');
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
        const silent = stage.silence('answer', settling(paying.payment), 'COMMIT');
        await stage.confirm(paying);
        await silent;
        expect(stage.simulator.purchases(paying.customer)[0]?.status).not.toBe('CONFIRMED');
        return expectState(stage, paying, 'PROCESSING', ['DEBIT']);
      },
      endsAs(PAID),
    );
  });
});

/** The statement that stores the outcome of an operation. */
function settling(operationId: string): string[] {
  return ['update core_operations', operationId];
}

interface Silenced {
  readonly lost: 'statement' | 'answer';
  readonly at: (string | string[])[];
}

async function refundSilenced(stage: CoreStage, lost: Silenced['lost'], statement: string[]): Promise<Paying> {
  const paying = await stage.paid();
  const silent = stage.silence(lost, [...statement, paying.customer]);
  await stage.refund(paying);
  await silent;
  return expectState(stage, paying, 'CONFIRMED', ['DEBIT']);
}

async function refundSettled(stage: CoreStage, at: (operationId: string) => Silenced) {
  const paying = await stage.paid();
  stage.fail({ coreCredit: [A_WHILE] });
  const { id } = await stage.refund(paying);
  const silenced = at(await stage.operationAbout(id, 'CREDIT'));
  await stage.silence(silenced.lost, ...silenced.at);
  return { paying: await expectState(stage, paying, 'CONFIRMED', ['DEBIT', 'CREDIT']), id };
}

async function reversalSettled(stage: CoreStage, at: (operationId: string) => Silenced, status: string) {
  const paying = await stage.scanned();
  stage.fail({ notifyPayment: [REFUSED], coreReversal: [A_WHILE] });
  await stage.confirm(paying);
  const silenced = at(await stage.operationAbout(paying.payment, 'REVERSAL'));
  await stage.silence(silenced.lost, ...silenced.at);
  return expectState(stage, paying, status, ['DEBIT', 'REVERSAL']);
}
