import { describe, expect } from '@jest/globals';
import { CoreStage, type Outcome, type Paying } from './core-stage.js';
import { crashOf } from './crash.js';

const FOR_EVER = { do: 'slow', ms: 600_000, count: 1 } as const;
/** Long enough to learn the operation's id and lay in wait for it. */
const A_WHILE = { do: 'slow', ms: 400, count: 1 } as const;
const NEVER = { do: 'hang', count: 1 } as const;
const REFUSED = { do: 'refuse', resultCode: 'RISK_REJECT', count: 1 } as const;
/** In seconds: until the kill, and no longer. */
const BRIEF = 3;

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

/** The app asks again, and then it is as it must be; once, to the core, to the PS and to us. */
async function ends(stage: CoreStage, paying: Paying, outcome: Outcome): Promise<void> {
  await stage.confirm(paying);
  await stage.untilStatus(paying, outcome.status ?? '');
  await stage.untilAllAgree();
  expect(await stage.outcome(paying)).toEqual(outcome);
}

const endsAs = (outcome: Outcome) => (stage: CoreStage, paying: Paying) => ends(stage, paying, outcome);

/** It stands so when the server is killed. */
async function stands(stage: CoreStage, paying: Paying, status: string, moved: readonly string[]): Promise<Paying> {
  await stage.untilStatus(paying, status);
  expect(stage.movedOf(paying)).toEqual(moved);
  return paying;
}

/** Each test has a server killed at one step of what it asks a bank's core for, and another one goes on. */
describe('kill -9', () => {
  describe('while a bank’s core is asked', () => {
    const killed = crashOf(CoreStage.open);

    killed(
      'before it is on record that the core is asked to debit: nothing has happened, and the next confirm pays once',
      async (stage) => {
        const paying = await stage.scanned();
        const silent = stage.silence('statement', ['qr_payments_request_debit(', paying.payment]);
        void stage.confirm(paying);
        await silent;
        return stands(stage, paying, 'AWAITING_CONFIRMATION', []);
      },
      endsAs(PAID),
    );

    killed(
      'after it is on record, before the core is asked: the next server asks, and the payment is CONFIRMED',
      async (stage) => {
        const paying = await stage.scanned();
        const silent = stage.silence('answer', ['qr_payments_request_debit(', paying.payment]);
        void stage.confirm(paying);
        await silent;
        return stands(stage, paying, 'DEBITING', []);
      },
      endsAs(PAID),
    );

    killed(
      'while the core is asked, which has not debited: it is asked again, and debits once',
      async (stage) => {
        const paying = await stage.scanned();
        stage.fail({ coreDebit: [NEVER] });
        await stage.confirm(paying);
        await stage.untilSpent('coreDebit');
        return stands(stage, paying, 'DEBITING', []);
      },
      endsAs(PAID),
    );

    killed(
      'after the core debited, before its answer came: the next server inquires, and nothing is debited twice',
      async (stage) => {
        const paying = await stage.scanned();
        stage.fail({ coreDebit: [FOR_EVER] });
        await stage.confirm(paying);
        await stage.untilMoved(paying, 'DEBIT');
        return stands(stage, paying, 'DEBITING', ['DEBIT']);
      },
      endsAs(PAID),
    );

    killed(
      'before the core is asked, and nobody lives until the time is over: it is not asked any more, and never debits',
      async (stage) => {
        const paying = await stage.scanned(BRIEF);
        const silent = stage.silence('answer', ['qr_payments_request_debit(', paying.payment]);
        void stage.confirm(paying);
        await silent;
        return stands(stage, paying, 'DEBITING', []);
      },
      endsAs(NEVER_TAKEN),
    );

    killed(
      'after the core debited, and nobody lives until the time is over: it is given back, and the PS is told that there is no purchase',
      async (stage) => {
        const paying = await stage.scanned(BRIEF);
        stage.fail({ coreDebit: [FOR_EVER] });
        await stage.confirm(paying);
        await stage.untilMoved(paying, 'DEBIT');
        return stands(stage, paying, 'DEBITING', ['DEBIT']);
      },
      endsAs(GIVEN_BACK),
    );

    killed(
      'while the core is asked to give back, which has not: it is asked again, and gives back once',
      async (stage) => {
        const paying = await stage.scanned();
        stage.fail({ notifyPayment: [REFUSED], coreReversal: [NEVER] });
        await stage.confirm(paying);
        await stage.untilSpent('coreReversal');
        return stands(stage, paying, 'REVERSING', ['DEBIT']);
      },
      endsAs(GIVEN_BACK),
    );

    killed(
      'after the core gave back, before its answer came: it is asked again, and gives back nothing more',
      async (stage) => {
        const paying = await stage.scanned();
        stage.fail({ notifyPayment: [REFUSED], coreReversal: [FOR_EVER] });
        await stage.confirm(paying);
        await stage.untilMoved(paying, 'REVERSAL');
        return stands(stage, paying, 'REVERSING', ['DEBIT', 'REVERSAL']);
      },
      endsAs(GIVEN_BACK),
    );

    killed(
      'before it is on record that the core is asked to credit a refund: the PS’s promise is kept by the next server',
      (stage) => refundSilenced(stage, 'statement', ['core_operation_request(', 'CREDIT']),
      endsAs(REFUNDED),
    );

    killed(
      'after it is on record, before the core is asked to credit: the next server asks for the same credit',
      (stage) => refundSilenced(stage, 'answer', ['core_operation_request(', 'CREDIT']),
      endsAs(REFUNDED),
    );

    killed(
      'while the core is asked to credit, which has not: it is asked again, and credits once',
      async (stage) => {
        const paying = await stage.paid();
        stage.fail({ coreCredit: [NEVER] });
        await stage.refund(paying);
        await stage.untilSpent('coreCredit');
        return stands(stage, paying, 'CONFIRMED', ['DEBIT']);
      },
      endsAs(REFUNDED),
    );

    killed(
      'after the core credited, before its answer came: it is asked again, and credits nothing more',
      async (stage) => {
        const paying = await stage.paid();
        stage.fail({ coreCredit: [FOR_EVER] });
        await stage.refund(paying);
        await stage.untilMoved(paying, 'CREDIT');
        return stands(stage, paying, 'CONFIRMED', ['DEBIT', 'CREDIT']);
      },
      endsAs(REFUNDED),
    );

    // Whoever settles one thing holds up the settling of its like: the last of a kind come last.
    killed(
      'after the core’s answer to a credit came, before it is written down: it is asked again, and the customer has it once',
      async (stage) => (await refundSettled(stage, (id) => ({ lost: 'statement', at: [settling(id)] }))).paying,
      endsAs(REFUNDED),
    );

    killed(
      'after the core’s answer to a reversal came, before it is written down: it is asked again, and the customer has it once',
      (stage) => reversalSettled(stage, (id) => ({ lost: 'statement', at: [settling(id)] }), 'REVERSING'),
      endsAs(GIVEN_BACK),
    );

    killed(
      'after the core’s answer to a debit came, before it is written down: the next server inquires, and tells the PS',
      async (stage) => {
        const paying = await stage.scanned();
        const silent = stage.silence('statement', settling(paying.payment));
        await stage.confirm(paying);
        await silent;
        return stands(stage, paying, 'DEBITING', ['DEBIT']);
      },
      endsAs(PAID),
    );
  });

  describe('after the core’s answer is written down, before anything else happens:', () => {
    const killed = crashOf(CoreStage.open);

    killed(
      'the refund is credited, and nothing more is',
      async (stage) => {
        const at = (id: string) => ({ lost: 'answer' as const, at: [settling(id), 'COMMIT'] });
        const { paying, id } = await refundSettled(stage, at);
        await stage.untilRefund(id, 'CREDITED');
        return paying;
      },
      endsAs(REFUNDED),
    );

    killed(
      'the payment is REVERSED, and stays so',
      (stage) => reversalSettled(stage, (id) => ({ lost: 'answer', at: [settling(id), 'COMMIT'] }), 'REVERSED'),
      endsAs(GIVEN_BACK),
    );

    killed(
      'a payment that the PS has refused is REVERSING, and the next server asks the core to give back',
      async (stage) => {
        const paying = await stage.scanned();
        stage.fail({ notifyPayment: [REFUSED] });
        const asked = ['outbox_enqueue(', 'coreReversal', paying.payment];
        const silent = stage.silence('answer', asked, 'COMMIT');
        await stage.confirm(paying);
        await silent;
        return stands(stage, paying, 'REVERSING', ['DEBIT']);
      },
      endsAs(GIVEN_BACK),
    );

    killed(
      'the payment is PROCESSING, and the next server tells the PS',
      async (stage) => {
        const paying = await stage.scanned();
        const silent = stage.silence('answer', settling(paying.payment), 'COMMIT');
        await stage.confirm(paying);
        await silent;
        expect(stage.simulator.purchases(paying.customer)[0]?.status).not.toBe('CONFIRMED');
        return stands(stage, paying, 'PROCESSING', ['DEBIT']);
      },
      endsAs(PAID),
    );
  });
});

/** What an operation's answer is written down by. */
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
  return stands(stage, paying, 'CONFIRMED', ['DEBIT']);
}

async function refundSettled(stage: CoreStage, at: (operationId: string) => Silenced) {
  const paying = await stage.paid();
  stage.fail({ coreCredit: [A_WHILE] });
  const { id } = await stage.refund(paying);
  const silenced = at(await stage.operationAbout(id, 'CREDIT'));
  await stage.silence(silenced.lost, ...silenced.at);
  return { paying: await stands(stage, paying, 'CONFIRMED', ['DEBIT', 'CREDIT']), id };
}

async function reversalSettled(stage: CoreStage, at: (operationId: string) => Silenced, status: string) {
  const paying = await stage.scanned();
  stage.fail({ notifyPayment: [REFUSED], coreReversal: [A_WHILE] });
  await stage.confirm(paying);
  const silenced = at(await stage.operationAbout(paying.payment, 'REVERSAL'));
  await stage.silence(silenced.lost, ...silenced.at);
  return stands(stage, paying, status, ['DEBIT', 'REVERSAL']);
}
