import { expect } from '@jest/globals';
import { derivedId } from '@mpp/platform';
import type { CoreStage, Outcome, Paying } from './core-stage.js';

export const NO_ANSWER = { do: 'slow', ms: 600_000, count: 1 } as const;
/** Long enough for the test to read the operation's id and to set a breakpoint on it. */
export const SLOW_ANSWER = { do: 'slow', ms: 3000, count: 1 } as const;
export const NOT_EXECUTED = { do: 'hang', count: 1 } as const;
export const REFUSED = { do: 'refuse', resultCode: 'RISK_REJECT', count: 1 } as const;
/** In seconds: long enough to confirm, and over when the next server starts. */
export const BRIEF = 8;

export const PAID: Outcome = {
  status: 'CONFIRMED',
  balance: '900.00',
  moved: ['DEBIT'],
  journal: ['PAYMENT', 'SETTLEMENT'],
};
export const GIVEN_BACK: Outcome = {
  status: 'REVERSED',
  balance: '1000.00',
  moved: ['DEBIT', 'REVERSAL'],
  journal: ['PAYMENT', 'REVERSAL'],
};
export const NEVER_TAKEN: Outcome = { status: 'REVERSED', balance: '1000.00', moved: [], journal: [] };
export const REFUNDED: Outcome = {
  status: 'CONFIRMED',
  balance: '930.00',
  moved: ['DEBIT', 'CREDIT'],
  journal: ['PAYMENT', 'SETTLEMENT', 'REFUND'],
};

/** The app confirms again; then the payment has the expected end in the core, at the PS and in our journal. */
export async function expectEnd(stage: CoreStage, paying: Paying, outcome: Outcome): Promise<void> {
  await stage.confirm(paying);
  await stage.untilStatus(paying, outcome.status ?? '');
  await stage.untilAllAgree();
  expect(await stage.outcome(paying)).toEqual(outcome);
}

export const endsAs = (outcome: Outcome) => (stage: CoreStage, paying: Paying) => expectEnd(stage, paying, outcome);

/** Expects this state at the kill. */
export async function expectState(
  stage: CoreStage,
  paying: Paying,
  status: string,
  moved: readonly string[],
): Promise<Paying> {
  await stage.untilStatus(paying, status);
  expect(stage.movedOf(paying)).toEqual(moved);
  return paying;
}

/** The statement that stores the outcome of an operation. */
export function settling(operationId: string): string[] {
  return ['update core_operations', operationId];
}

/** The debit's id at the core. */
export const debitOf = ({ purchase, customer }: Paying) => derivedId('debit', purchase, customer);

export interface Silenced {
  readonly lost: 'statement' | 'answer';
  readonly at: (string | string[])[];
}

export async function refundSilenced(stage: CoreStage, lost: Silenced['lost'], statement: string[]): Promise<Paying> {
  const paying = await stage.paid();
  const silent = stage.silence(lost, [...statement, paying.customer]);
  await stage.refund(paying);
  await silent;
  return expectState(stage, paying, 'CONFIRMED', ['DEBIT']);
}

export async function refundSettled(stage: CoreStage, at: (operationId: string) => Silenced) {
  const paying = await stage.paid();
  stage.fail({ coreCredit: [SLOW_ANSWER] });
  const { id } = await stage.refund(paying);
  const silenced = at(await stage.operationAbout(id, 'CREDIT'));
  await stage.silence(silenced.lost, ...silenced.at);
  return { paying: await expectState(stage, paying, 'CONFIRMED', ['DEBIT', 'CREDIT']), id };
}

export async function reversalSettled(stage: CoreStage, at: (operationId: string) => Silenced, status: string) {
  const paying = await stage.scanned();
  stage.fail({ notifyPayment: [REFUSED], coreReversal: [SLOW_ANSWER] });
  await stage.confirm(paying);
  const silenced = at(await stage.operationAbout(paying.payment, 'REVERSAL'));
  await stage.silence(silenced.lost, ...silenced.at);
  return expectState(stage, paying, status, ['DEBIT', 'REVERSAL']);
}
