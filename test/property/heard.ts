import {
  type CoreKind,
  change,
  type DebitHeard,
  type Heard,
  isGivenBack,
  isOpen,
  type KnownPayment,
  type KnownRefund,
} from './known.js';
import { REFUSALS } from './refusals.js';

const MINUTE = 60_000;
export const IN_DOUBT_AFTER_MS = 15 * MINUTE;
/** R35: from this attempt on any code ends a notify other than SUCCESS. */
const UNCLEAR_ATTEMPTS = 5;

/** What becomes of a payment by what one attempt to notify brought: R11, R12, R35, R36. */
export function notifyHeard(payment: KnownPayment, heard: Heard, core: CoreKind, now: number): void {
  const overtaken = heard.attempt < payment.ended;
  payment.ended = Math.max(payment.ended, heard.attempt);
  if (payment.told === 'SUCCESS') heardOfPurchase(payment, heard, overtaken, core, now);
  else heardOfNoPurchase(payment, heard);
}

function heardOfPurchase(payment: KnownPayment, heard: Heard, overtaken: boolean, core: CoreKind, now: number): void {
  const { code } = heard;
  const refused =
    code !== null &&
    (REFUSALS.decisive.includes(code) || (REFUSALS.atTheGate.includes(code) && !heard.mayHaveArrivedBefore));
  if (code === 'SUCCESS') {
    payment.delivered = true;
    if (isOpen(payment)) change(payment, { status: 'CONFIRMED', settledBy: 'KASPI' });
    if (isGivenBack(payment)) payment.contradiction ??= 'OWED';
    else payment.hasReceipt = true;
  } else if (refused && !overtaken) {
    payment.delivered = true;
    if (isOpen(payment)) change(payment, { status: givenBack(core), settledBy: 'KASPI', refusal: code });
    else if (payment.status === 'CONFIRMED' && payment.settledBy !== 'KASPI') payment.contradiction ??= 'NOT_OWED';
  } else if (payment.status === 'PROCESSING' && now - (payment.debitedAt ?? now) >= IN_DOUBT_AFTER_MS) {
    payment.status = 'IN_DOUBT';
  } else if (isGivenBack(payment)) {
    payment.delivered = true;
  }
}

function heardOfNoPurchase(payment: KnownPayment, { attempt, code, superseded }: Heard): void {
  const isListed = code !== null && !REFUSALS.doubtful.includes(code);
  if (superseded || isListed || (code !== null && attempt >= UNCLEAR_ATTEMPTS)) payment.delivered = true;
}

/** The own ledger gives back at once; a bank's core has to be asked. */
export function givenBack(core: CoreKind): 'REVERSED' | 'REVERSING' {
  return core === 'own ledger' ? 'REVERSED' : 'REVERSING';
}

/**
 * SUCCESS is told of a debit that is known in time. One that is known later, or is still not known when the time is over, is
 * reversed, and the PS is told that there is no purchase: R15, R16.
 */
export function debitHeard(payment: KnownPayment, { state, at }: DebitHeard): void {
  if (payment.debit !== 'REQUESTED') throw new Error(`the debit of #${payment.number} was known before`);
  payment.debit = state;
  if (state === 'REFUSED') {
    change(payment, { status: 'DECLINED', told: 'PROCESS_FAIL' });
    return;
  }
  const inTime = at <= payment.deadline;
  if (state === 'DONE') payment.debitedAt = at;
  if (state === 'DONE' && inTime) {
    change(payment, { status: 'PROCESSING', told: 'SUCCESS' });
    return;
  }
  if (inTime) throw new Error(`#${payment.number} was given up before its time was over`);
  change(payment, { status: 'REVERSING', told: 'PROCESS_FAIL', settledBy: 'DEADLINE' });
}

/** The core has given the debit back, or never made it and never will. */
export function reversalHeard(payment: KnownPayment): void {
  if (payment.status !== 'REVERSING') throw new Error(`#${payment.number} is ${payment.status}, and was given back`);
  payment.status = 'REVERSED';
}

/** A bank's core would not take the refund on this account: another one is tried, and after a round of all it is owed. */
export function creditRefused(refund: KnownRefund, account: string): void {
  if (refund.refusals.includes(account)) refund.status = 'SUSPENDED';
  refund.refusals.push(account);
}

export function credited(refund: KnownRefund, account: string | null): void {
  if (refund.status === 'CREDITED') throw new Error(`refund ${refund.number} was credited before`);
  refund.status = 'CREDITED';
  refund.creditedTo = account;
}
