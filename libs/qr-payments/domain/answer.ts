import { addMilliseconds, isListed } from '@mpp/kernel';
import { failed } from './failure.js';
import { LAST_RECEIPT_ATTEMPT, LAST_UNCLEAR_CLOSING_ATTEMPT } from './notify-retry-policy.js';
import { type Payment, transition } from './payment.js';
import { meaningOfResultCode } from './result-code-table.js';
import { reverseDebit } from './reversal.js';
import { can } from './transitions.js';

/** The outcome of one notify attempt. */
export interface NotifyOutcome {
  /** The PS's resultCode; null without an answer (NOT SENT or UNKNOWN, R9). */
  readonly resultCode: string | null;
  /** An earlier attempt of this notify may have reached the PS. */
  readonly afterUnknownAttempt: boolean;
  /** A SUCCESS brought a link to a receipt: the seller is paid. */
  readonly hasReceipt: boolean;
  /** A closing result of the purchase may have left before, and be forgotten: a SUCCESS without a receipt says nothing (R38, R39). */
  readonly receiptRequired: boolean;
  /** A later attempt has begun, or the message was closed: this may not be the PS's last answer. */
  readonly leaseLost: boolean;
  /** Including this one. */
  readonly attempts: number;
}

/** The journal entry of a decision, in the same transaction. */
export type Posting =
  /** Customer → in transit, once an external core is known to have debited. */
  | 'PAYMENT'
  /** In transit → payable to Kaspi. */
  | 'SETTLEMENT'
  /** In transit → back to the customer of the own ledger, or into suspense (R41). */
  | 'REVERSAL'
  /** Settled otherwise, and the PS confirms the purchase: we owe Kaspi the amount that was given back (R36). */
  | 'DIFFERENCE_OWED'
  /** Settled otherwise, and the PS refuses the purchase: we do not owe Kaspi the debited amount (R36). */
  | 'DIFFERENCE_NOT_OWED';

/** What an answer does. `delivered` ends the repeats. */
export interface AnswerDecision {
  readonly delivered: boolean;
  /** The changed payment; null if nothing changes. */
  readonly payment: Payment | null;
  readonly posting: Posting | null;
  /** The answer contradicts a settled payment: it is kept and alerted; status and balance do not change (R36). */
  readonly contradiction: boolean;
}

type Meaning = 'success' | 'refusal' | 'unclear';

function meaningOfOutcome(outcome: NotifyOutcome): Meaning {
  const { resultCode, hasReceipt, receiptRequired } = outcome;
  if (resultCode === null) return 'unclear';
  switch (meaningOfResultCode(resultCode).afterDebit) {
    case 'settle':
      return receiptRequired && !hasReceipt ? 'unclear' : 'success';
    case 'reverse':
      return 'refusal';
    case 'reverse unless sent before':
      return outcome.afterUnknownAttempt ? 'unclear' : 'refusal';
    case 'doubt':
      return 'unclear';
  }
}

/** Decides what the outcome of an attempt does to its payment. Source: R11, R12, R35, R36, R38, R39. */
export function decideAnswer(
  payment: Payment,
  outcome: NotifyOutcome,
  inDoubtAfterMs: number,
  now: Date,
): AnswerDecision {
  return payment.notifyResult === 'SUCCESS'
    ? decideOnSuccessNotify(payment, outcome, inDoubtAfterMs, now)
    : decideOnOtherNotify(payment, outcome, now);
}

function decideOnSuccessNotify(
  payment: Payment,
  outcome: NotifyOutcome,
  inDoubtAfterMs: number,
  now: Date,
): AnswerDecision {
  const waiting = can(payment.status, 'confirmed');
  const settledBy = 'KASPI';
  switch (meaningOfOutcome(outcome)) {
    case 'success':
      if (!waiting)
        return payment.status === 'CONFIRMED' ? AGREED : contradicted(payment, outcome, 'DIFFERENCE_OWED', now);
      return {
        delivered: true,
        payment: transition(payment, 'confirmed', now, { confirmedAt: now, settledBy }),
        posting: 'SETTLEMENT',
        contradiction: false,
      };
    case 'refusal': {
      // A refusal has no effect while a later attempt is under way (R36).
      if (waiting && outcome.leaseLost) return stillWaiting(payment, inDoubtAfterMs, now);
      if (!waiting) return refusedAfterwards(payment, outcome, now);
      const failure = failed('KASPI_REFUSED', outcome.resultCode);
      return { delivered: true, ...reverseDebit(payment, now, { failure, settledBy }), contradiction: false };
    }
    case 'unclear':
      return waiting ? stillWaiting(payment, inDoubtAfterMs, now) : unclearAfterwards(payment, outcome);
  }
}

/** If the PS itself confirmed, this is a late answer to an older attempt, and the SUCCESS is kept. Otherwise it is a contradiction. */
function refusedAfterwards(payment: Payment, outcome: NotifyOutcome, now: Date): AnswerDecision {
  if (payment.status !== 'CONFIRMED') return AGREED;
  if (outcome.leaseLost) return { delivered: false, payment: null, posting: null, contradiction: false };
  return contradicted(payment, outcome, payment.settledBy === 'KASPI' ? null : 'DIFFERENCE_NOT_OWED', now);
}

/** Kept and booked once, alerted each time (R36). */
function contradicted(payment: Payment, outcome: NotifyOutcome, posting: Posting | null, now: Date): AnswerDecision {
  if (payment.contradiction !== null) return { ...AGREED, contradiction: true };
  const contradiction = { resultCode: outcome.resultCode ?? '', at: now };
  return {
    delivered: true,
    payment: { ...payment, contradiction, version: payment.version + 1, updatedAt: now },
    posting,
    contradiction: true,
  };
}

const AGREED: AnswerDecision = { delivered: true, payment: null, posting: null, contradiction: false };

/** No clear answer: the debit remains and the repeats continue; after IN_DOUBT_AFTER_MS the payment is IN_DOUBT (R12). */
function stillWaiting(payment: Payment, inDoubtAfterMs: number, now: Date): AnswerDecision {
  const doubtful =
    can(payment.status, 'doubted') &&
    payment.debitedAt !== null &&
    now >= addMilliseconds(payment.debitedAt, inDoubtAfterMs);
  return {
    delivered: false,
    payment: doubtful ? transition(payment, 'doubted', now, { doubtedAt: now }) : null,
    posting: null,
    contradiction: false,
  };
}

/**
 * A payment that was confirmed otherwise is still notified, for its receipt (R19), but only up to a last attempt if the PS does
 * answer. After a reversal there is no receipt.
 */
function unclearAfterwards({ status }: Payment, { resultCode, attempts }: NotifyOutcome): AnswerDecision {
  const delivered = status !== 'CONFIRMED' || (resultCode !== null && attempts >= LAST_RECEIPT_ATTEMPT);
  return { delivered, payment: null, posting: null, contradiction: false };
}

/**
 * CANCELLED_BY_CLIENT, PROCESS_FAIL, RISK_REJECT: any listed answer ends the delivery, and no money moves (R35). A SUCCESS with a receipt
 * says that the seller is paid: a contradiction, of which operators decide what the customer owes (R36).
 */
function decideOnOtherNotify(payment: Payment, outcome: NotifyOutcome, now: Date): AnswerDecision {
  const { resultCode, hasReceipt, attempts } = outcome;
  if (resultCode === 'SUCCESS' && hasReceipt) {
    return contradicted(payment, outcome, payment.amount === null ? null : 'DIFFERENCE_OWED', now);
  }
  const listed = resultCode !== null && isListed(resultCode) && resultCode !== 'UNKNOWN_EXCEPTION';
  const delivered = listed || (resultCode !== null && attempts >= LAST_UNCLEAR_CLOSING_ATTEMPT);
  return { delivered, payment: null, posting: null, contradiction: false };
}
