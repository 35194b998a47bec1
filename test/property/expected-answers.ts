import { isFinal, type PaymentStatus } from '../../libs/qr-payments/domain/transitions.js';
import type { Answer } from '../support/mpp.js';
import { type Expected, leadsTo, tiyn } from './model-types.js';

/** Expects the model's answer, with status and amount. */
export function expectAnswer(answer: Answer<unknown>, expected: Expected): void {
  if (matchesAnswer(answer, expected, false)) return;
  const words = JSON.stringify(expected, (_, value) => (typeof value === 'bigint' ? `${value} tiyn` : value));
  throw new Error(`the answer is ${answer.status} ${JSON.stringify(answer.body)}, and not ${words}`);
}

/** `movesOn`: the payment may be further than in the model. */
export function matchesAnswer({ status, body }: Answer<unknown>, expected: Expected, movesOn: boolean): boolean {
  const { code, kaspiResultCode, payment = body } = body as Problem & { payment?: unknown };
  const ofProblem = status === expected.http && code === expected.code && kaspiResultCode === expected.kaspiResultCode;
  if (expected.status === undefined || status >= 400) return ofProblem;
  const { status: shown, amount } = payment as { status: PaymentStatus; amount: string | null };
  if ((amount === null ? null : tiyn(amount)) !== expected.amount) return false;
  if (!movesOn) return status === expected.http && shown === expected.status;
  return leadsTo(expected.status, shown) && (status === expected.http || (status === 200 && isFinal(shown)));
}

interface Problem {
  readonly code?: string;
  readonly kaspiResultCode?: string;
}
