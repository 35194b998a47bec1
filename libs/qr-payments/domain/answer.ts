import { addMilliseconds, isListed } from '@mpp/kernel';
import { failed } from './failure.js';
import { giveBack } from './reversal.js';
import { moved, type Payment } from './payment.js';
import { meaningOf } from './result-code-table.js';
import { can } from './transitions.js';

/** What one attempt to notify brought. */
export interface NotifyHeard {
  /** The PS's resultCode; null where there was no clear answer (NOT SENT or UNKNOWN, R9). */
  readonly resultCode: string | null;
  /** An earlier attempt of this notify may have reached the PS. */
  readonly afterOneThatMayHaveArrived: boolean;
  /** A later attempt has begun meanwhile, or the message was closed: this is not the PS's last word. */
  readonly overtaken: boolean;
  /** It was not told: somebody else has paid the purchase meanwhile (R33). */
  readonly superseded: boolean;
  /** Counts this one. */
  readonly attempts: number;
}

/** The money that moves with a decision, in the same transaction. */
export type Posting =
  /** Customer → in transit, once an outside core is known to have debited. */
  | 'PAYMENT'
  /** In transit → payable to Kaspi. */
  | 'SETTLEMENT'
  /** In transit → back to the customer. */
  | 'REVERSAL'
  /** Settled otherwise, and the PS says that it has the purchase: we owe Kaspi what the customer has back (R36). */
  | 'DIFFERENCE_OWED'
  /** Settled otherwise, and the PS says that there was no purchase: we do not owe Kaspi what the customer paid (R36). */
  | 'DIFFERENCE_NOT_OWED';

/** What an answer means. `delivered` ends the repeats. */
export interface AnswerDecision {
  readonly delivered: boolean;
  /** The payment after it; null where nothing changes. */
  readonly payment: Payment | null;
  readonly posting: Posting | null;
  /** The answer contradicts what is settled: kept and alerted; neither status nor balance changes (R36). */
  readonly contradiction: boolean;
}

/** R35: how often a notify other than SUCCESS is repeated while the PS says nothing that the regulation lists. */
const UNCLEAR_ATTEMPTS = 5;

/** How often a payment that somebody else has settled asks for its receipt while the PS says nothing clear. */
const RECEIPT_ATTEMPTS = 100;

type Meaning = 'success' | 'refusal' | 'unclear';

function said({ resultCode, afterOneThatMayHaveArrived }: NotifyHeard): Meaning {
  if (resultCode === null) return 'unclear';
  switch (meaningOf(resultCode).afterDebit) {
    case 'settle':
      return 'success';
    case 'back':
      return 'refusal';
    case 'back unless asked before':
      return afterOneThatMayHaveArrived ? 'unclear' : 'refusal';
    case 'doubt':
      return 'unclear';
  }
}

/** What an attempt's outcome means for the payment that it is about. Source: R11, R12, R35, R36. */
export function decideAnswer(payment: Payment, heard: NotifyHeard, inDoubtAfterMs: number, now: Date): AnswerDecision {
  return payment.notifyResult === 'SUCCESS'
    ? decideOnSuccessNotify(payment, heard, inDoubtAfterMs, now)
    : decideOnOtherNotify(heard);
}

function decideOnSuccessNotify(
  payment: Payment,
  heard: NotifyHeard,
  inDoubtAfterMs: number,
  now: Date,
): AnswerDecision {
  const waiting = can(payment.status, 'confirmed');
  const settledBy = 'KASPI';
  switch (said(heard)) {
    case 'success':
      if (!waiting)
        return payment.status === 'CONFIRMED' ? AGREED : contradicted(payment, heard, 'DIFFERENCE_OWED', now);
      return {
        delivered: true,
        payment: moved(payment, 'confirmed', now, { confirmedAt: now, settledBy }),
        posting: 'SETTLEMENT',
        contradiction: false,
      };
    case 'refusal': {
      // Nothing is concluded from a refusal while a later attempt is in the air (R36).
      if (waiting && heard.overtaken) return stillWaiting(payment, inDoubtAfterMs, now);
      if (!waiting) return refusedAfterwards(payment, heard, now);
      const failure = failed('KASPI_REFUSED', heard.resultCode);
      return { delivered: true, ...giveBack(payment, now, { failure, settledBy }), contradiction: false };
    }
    case 'unclear':
      return waiting ? stillWaiting(payment, inDoubtAfterMs, now) : unclearAfterwards(payment, heard);
  }
}

/** The PS itself had confirmed: an older attempt comes in late, and its SUCCESS stands. Otherwise it is a difference. */
function refusedAfterwards(payment: Payment, heard: NotifyHeard, now: Date): AnswerDecision {
  if (payment.status !== 'CONFIRMED') return AGREED;
  if (heard.overtaken) return { delivered: false, payment: null, posting: null, contradiction: false };
  return contradicted(payment, heard, payment.settledBy === 'KASPI' ? null : 'DIFFERENCE_NOT_OWED', now);
}

/** Kept and booked once, alerted each time (R36). */
function contradicted(payment: Payment, heard: NotifyHeard, posting: Posting | null, now: Date): AnswerDecision {
  if (payment.contradiction !== null) return { ...AGREED, contradiction: true };
  const contradiction = { resultCode: heard.resultCode ?? '', at: now };
  return {
    delivered: true,
    payment: { ...payment, contradiction, version: payment.version + 1, updatedAt: now },
    posting,
    contradiction: true,
  };
}

const AGREED: AnswerDecision = { delivered: true, payment: null, posting: null, contradiction: false };

/** Neither yes nor no: the debit stands, the repeats go on, and after long enough people are told (R12). */
function stillWaiting(payment: Payment, inDoubtAfterMs: number, now: Date): AnswerDecision {
  const doubtful =
    can(payment.status, 'doubted') &&
    payment.debitedAt !== null &&
    now >= addMilliseconds(payment.debitedAt, inDoubtAfterMs);
  return {
    delivered: false,
    payment: doubtful ? moved(payment, 'doubted', now, { doubtedAt: now }) : null,
    posting: null,
    contradiction: false,
  };
}

/**
 * Confirmed in another way, it still asks for its receipt (R19), but not for ever where the PS does answer; with the money
 * given back there is nothing to ask.
 */
function unclearAfterwards({ status }: Payment, { resultCode, attempts }: NotifyHeard): AnswerDecision {
  const delivered = status !== 'CONFIRMED' || (resultCode !== null && attempts >= RECEIPT_ATTEMPTS);
  return { delivered, payment: null, posting: null, contradiction: false };
}

/** CANCELLED_BY_CLIENT and PROCESS_FAIL: any listed answer ends the delivery, and no money moves (R35). */
function decideOnOtherNotify({ resultCode, attempts, superseded }: NotifyHeard): AnswerDecision {
  const listed = resultCode !== null && isListed(resultCode) && resultCode !== 'UNKNOWN_EXCEPTION';
  const delivered = superseded || listed || (resultCode !== null && attempts >= UNCLEAR_ATTEMPTS);
  return { delivered, payment: null, posting: null, contradiction: false };
}
