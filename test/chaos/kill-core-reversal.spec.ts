import { describe, expect } from '@jest/globals';
import type { CoreReason } from '@mpp/core-banking/wire';
import { CoreStage, type Outcome, type Paying } from './core-stage.js';
import { expectEnd, expectState, NO_ANSWER, NOT_EXECUTED, REFUSED } from './core-steps.js';
import { crashOf } from './crash.js';

/** After a refusal the next account is tried by a repeat. */
const REPEATS = {
  BACKGROUND_WORK: 'on',
  OUTBOX_POLL_MS: '30',
  ...{ CORE_BANKING_RETRY_BASE_MS: '20', CORE_BANKING_RETRY_MAX_MS: '50' },
};
const SUSPENSE = '00000000-0000-7000-8000-000000000009';
const refuse = (reason: CoreReason, count = 1) => ({ do: 'refuse', reason, count }) as const;

/** The debited account has not got the money back, and another one has. */
const ELSEWHERE: Outcome = {
  status: 'REVERSED',
  balance: '900.00',
  moved: ['DEBIT', 'REVERSAL'],
  journal: ['PAYMENT', 'REVERSAL'],
};
const SAME_ACCOUNT: Outcome = { ...ELSEWHERE, balance: '1000.00' };

interface Prepared {
  readonly paying: Paying;
  readonly other: string;
}

/** A server is killed at each step of a reversal that the core refuses for the debited account (R41). */
describe('kill -9', () => {
  describe('during a reversal that the debited account refuses,', () => {
    const killed = crashOf(() => CoreStage.open(REPEATS));

    async function scannedWithTwo(stage: CoreStage): Promise<Prepared> {
      const paying = await stage.scanned();
      return { paying, other: stage.secondAccount(paying) };
    }

    async function endsElsewhere(stage: CoreStage, { paying, other }: Prepared): Promise<void> {
      await expectEnd(stage, paying, ELSEWHERE);
      expect(stage.balanceOf(paying, other)).toBe('100.00');
    }

    /** The record of the reversal to the other account stops at this statement. */
    async function silencedAtSecond(stage: CoreStage, lost: 'statement' | 'answer', moved: string[]) {
      const prepared = await scannedWithTwo(stage);
      stage.fail({ notifyPayment: [REFUSED], coreReversal: [refuse('ACCOUNT_CLOSED')] });
      const record = ['core_operation_request_reversal(', prepared.other];
      const silent = lost === 'statement' ? stage.silence(lost, record) : stage.silence(lost, record, 'COMMIT');
      await stage.confirm(prepared.paying);
      await silent;
      await expectState(stage, prepared.paying, 'REVERSING', moved);
      return prepared;
    }

    killed(
      'before the other account is recorded: the next server gives the debit back there',
      (stage) => silencedAtSecond(stage, 'statement', ['DEBIT']),
      endsElsewhere,
    );

    killed(
      'after the other account is recorded, before the core is called: the next server requests the same reversal',
      (stage) => silencedAtSecond(stage, 'answer', ['DEBIT']),
      endsElsewhere,
    );

    killed(
      'while the core has not given it back to the other account: the call is repeated, and it is given back once',
      async (stage) => {
        const prepared = await scannedWithTwo(stage);
        stage.fail({ notifyPayment: [REFUSED], coreReversal: [refuse('ACCOUNT_CLOSED'), NOT_EXECUTED] });
        await stage.confirm(prepared.paying);
        await stage.untilSpent('coreReversal');
        await expectState(stage, prepared.paying, 'REVERSING', ['DEBIT']);
        return prepared;
      },
      endsElsewhere,
    );

    killed(
      'after the core gave it back to the other account, before its answer arrived: nothing more is given back',
      async (stage) => {
        const prepared = await scannedWithTwo(stage);
        stage.fail({ notifyPayment: [REFUSED], coreReversal: [refuse('ACCOUNT_CLOSED'), NO_ANSWER] });
        await stage.confirm(prepared.paying);
        await stage.untilMoved(prepared.paying, 'REVERSAL');
        await expectState(stage, prepared.paying, 'REVERSING', ['DEBIT', 'REVERSAL']);
        return prepared;
      },
      endsElsewhere,
    );

    // A silenced settlement blocks all later ones of its topic, so this test comes last.
    killed(
      'before the refusal is stored: the next server requests the same reversal again, which the account takes now',
      async (stage) => {
        const prepared = await scannedWithTwo(stage);
        stage.fail({ notifyPayment: [REFUSED], coreReversal: [refuse('LIMIT_EXCEEDED')] });
        const silent = stage.silence('statement', ['update core_operations', 'LIMIT_EXCEEDED']);
        await stage.confirm(prepared.paying);
        await silent;
        await expectState(stage, prepared.paying, 'REVERSING', ['DEBIT']);
        return prepared;
      },
      (stage, { paying }) => expectEnd(stage, paying, SAME_ACCOUNT),
    );
  });

  describe.each([
    ['before the money is in suspense', 'statement', ['PAYMENT', 'REVERSAL']],
    [
      'after the money is in suspense, before anything else happens',
      'answer',
      ['PAYMENT', 'REVERSAL', 'REVERSAL_RELEASE'],
    ],
  ] as const)('%s', (_, lost, journal) => {
    const killed = crashOf(() => CoreStage.open(REPEATS));

    killed(
      'in the books: the next server gives the debit back once, and nothing stays in suspense',
      async (stage) => {
        const paying = await stage.scanned();
        stage.fail({ notifyPayment: [REFUSED], coreReversal: [refuse('ACCOUNT_CLOSED', 2)] });
        const silent = stage.silence(lost, ['ledger_post(', 'REVERSAL', SUSPENSE, paying.payment], 'COMMIT');
        await stage.confirm(paying);
        await silent;
        return expectState(stage, paying, 'REVERSING', ['DEBIT']);
      },
      (stage, paying) => expectEnd(stage, paying, { ...SAME_ACCOUNT, journal }),
    );
  });
});
