import type { Model } from './model.js';
import {
  type ConfirmBody,
  change,
  type DebitResult,
  type Expected,
  isGivenBack,
  isOpen,
  isWaiting,
  type ModelPayment,
  type ModelRefund,
  type NotifyResult,
  problem,
} from './model-types.js';
import { RESULT_CODES } from './result-codes.js';

const MINUTE = 60_000;
export const IN_DOUBT_AFTER_MS = 15 * MINUTE;
/** R35: from this attempt on, any code ends a notify whose result is not SUCCESS. */
const UNCLEAR_ATTEMPTS = 5;

/**
 * R42: what a server whose clock is wrong answers to a confirm. Where it would write something it refuses; the checks before that,
 * which may look at the wrong time, change nothing.
 */
export function confirmedByWrongClock(
  model: Model,
  id: string,
  body: ConfirmBody,
  wrong: number,
  accountsUnknown: boolean,
): Expected {
  const isDecided = !isWaiting(model.get(id));
  const answer = model.copy().confirm(id, body, wrong, accountsUnknown);
  return isDecided || answer.code !== undefined ? answer : problem(503, 'SERVICE_UNAVAILABLE');
}

/** Applies the result of one notify attempt to the payment: R11, R12, R35, R36. */
export function applyNotifyResult(payment: ModelPayment, result: NotifyResult, model: Model, now: number): void {
  const overtaken = result.attempt < payment.ended;
  payment.ended = Math.max(payment.ended, result.attempt);
  if (payment.notified === 'SUCCESS') applyToPurchase(payment, result, overtaken, model, now);
  else applyToNoPurchase(payment, result);
}

function applyToPurchase(
  payment: ModelPayment,
  result: NotifyResult,
  overtaken: boolean,
  model: Model,
  now: number,
): void {
  const { code } = result;
  const refused =
    code !== null &&
    (RESULT_CODES.decisive.includes(code) ||
      (RESULT_CODES.beforeProcessing.includes(code) && !result.mayHaveArrivedBefore));
  if (code === 'SUCCESS') {
    payment.delivered = true;
    if (isOpen(payment)) change(payment, { status: 'CONFIRMED', settledBy: 'KASPI' });
    if (isGivenBack(payment)) payment.contradiction ??= 'OWED';
    else payment.hasReceipt = true;
  } else if (refused && !overtaken) {
    payment.delivered = true;
    if (isOpen(payment)) model.giveBack(payment, { settledBy: 'KASPI', refusal: code });
    else if (payment.status === 'CONFIRMED' && payment.settledBy !== 'KASPI') payment.contradiction ??= 'NOT_OWED';
  } else if (payment.status === 'PROCESSING' && now - (payment.debitedAt ?? now) >= IN_DOUBT_AFTER_MS) {
    payment.status = 'IN_DOUBT';
  } else if (isGivenBack(payment)) {
    payment.delivered = true;
  }
}

function applyToNoPurchase(payment: ModelPayment, { attempt, code }: NotifyResult): void {
  const isListed = code !== null && !RESULT_CODES.unclear.includes(code);
  if (isListed || (code !== null && attempt >= UNCLEAR_ATTEMPTS)) payment.delivered = true;
}

/**
 * R15, R16: the PS is notified of SUCCESS if the debit's outcome is known by the deadline. Otherwise the debit is reversed and
 * the PS is notified that there is no purchase.
 */
export function applyDebitResult(payment: ModelPayment, { state, at }: DebitResult): void {
  if (payment.debit !== 'REQUESTED') throw new Error(`the debit of #${payment.number} has ended already`);
  payment.debit = state;
  if (state === 'REFUSED') {
    change(payment, { status: 'DECLINED', notified: 'PROCESS_FAIL' });
    return;
  }
  const inTime = at <= payment.deadline;
  if (state === 'DONE') payment.debitedAt = at;
  if (state === 'DONE' && inTime) {
    change(payment, { status: 'PROCESSING', notified: 'SUCCESS' });
    return;
  }
  if (inTime) throw new Error(`#${payment.number} was given up before its deadline`);
  change(payment, { status: 'REVERSING', notified: 'PROCESS_FAIL', settledBy: 'DEADLINE' });
}

/** The customer has the money back on this account, or the core has not debited and never will. */
export function applyReversal(payment: ModelPayment, account: string): void {
  if (payment.status !== 'REVERSING') throw new Error(`#${payment.number} is ${payment.status} and cannot be reversed`);
  change(payment, { status: 'REVERSED', returnedTo: account });
}

/** The core refused to give the debit back to this account. */
export function applyRefusedReversal(payment: ModelPayment, account: string): void {
  if (payment.refusals.includes(account)) payment.suspended = true;
  payment.refusals.push(account);
}

/** The core refused to credit this account. The next account is tried; after each has refused, the refund is suspended. */
export function applyRefusedCredit(refund: ModelRefund, account: string): void {
  if (refund.refusals.includes(account)) refund.status = 'SUSPENDED';
  refund.refusals.push(account);
}

export function applyCredit(refund: ModelRefund, account: string | null): void {
  if (refund.status === 'CREDITED') throw new Error(`refund ${refund.number} has been credited already`);
  refund.status = 'CREDITED';
  refund.creditedTo = account;
}
