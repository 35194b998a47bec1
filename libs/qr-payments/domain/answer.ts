import { addMilliseconds, isListed, type KaspiResultCode } from '@mpp/kernel';
import { moved, type Payment } from './payment.js';
import { can } from './transitions.js';

/** What one attempt to notify brought. */
export interface NotifyHeard {
  /** The PS's resultCode; null where there was no clear answer (NOT SENT or UNKNOWN, R9). */
  readonly resultCode: string | null;
  /** An earlier attempt of this notify may have reached the PS. */
  readonly afterOneThatMayHaveArrived: boolean;
  /** A later attempt has begun meanwhile: what it will say is the PS's last word. */
  readonly overtaken: boolean;
  /** Counts this one. */
  readonly attempts: number;
}

/** What an answer means. `delivered` ends the repeats. */
export interface AnswerDecision {
  readonly delivered: boolean;
  /** The payment after it; null where nothing changes. */
  readonly payment: Payment | null;
  /** The money that moves with it, in the same transaction. */
  readonly posting: 'SETTLEMENT' | 'REVERSAL' | null;
  /** The answer contradicts what is settled: kept and alerted, nothing moves (R36). */
  readonly contradiction: boolean;
}

/** R11: the purchase did not happen. */
const REFUSALS: ReadonlySet<KaspiResultCode> = new Set([
  'PROCESS_FAIL',
  'CANCELLED_BY_CLIENT',
  'INVALID_MERCHANT',
  'PARAM_ILLEGAL',
  'PAYMENTS_SUSPENDED',
  'RISK_REJECT',
  'ORDER_NOT_EXIST',
  'PAYMENT_INCORRECT_STATUS',
  'UNKNOWN_SOURCE',
  'UNKNOWN_CUSTOMER',
]);

/** R11's exception: said at the gate, they do not speak of an earlier attempt that may have come through. */
const GATE_REFUSALS: ReadonlySet<KaspiResultCode> = new Set([
  'PARAM_ILLEGAL',
  'PAYMENTS_SUSPENDED',
  'PAYMENT_INCORRECT_STATUS',
  'UNKNOWN_SOURCE',
]);

/** R35: how often a notify other than SUCCESS is repeated while the PS says nothing that the regulation lists. */
const UNCLEAR_ATTEMPTS = 5;

type Meaning = 'success' | 'refusal' | 'unclear';

function meaningOf({ resultCode, afterOneThatMayHaveArrived }: NotifyHeard): Meaning {
  if (resultCode === 'SUCCESS') return 'success';
  if (resultCode === null || !isListed(resultCode) || !REFUSALS.has(resultCode)) return 'unclear';
  return afterOneThatMayHaveArrived && GATE_REFUSALS.has(resultCode) ? 'unclear' : 'refusal';
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
  switch (meaningOf(heard)) {
    case 'success':
      if (!waiting) return settledBefore(payment.status !== 'CONFIRMED');
      return {
        delivered: true,
        payment: moved(payment, 'confirmed', now, { confirmedAt: now }),
        posting: 'SETTLEMENT',
        contradiction: false,
      };
    case 'refusal': {
      if (!waiting) return settledBefore(payment.status === 'CONFIRMED');
      // The money is not given back while an attempt is in the air (R36).
      if (heard.overtaken) return stillWaiting(payment, inDoubtAfterMs, now);
      const failure = { code: 'KASPI_REFUSED', kaspiResultCode: heard.resultCode } as const;
      return {
        delivered: true,
        payment: moved(payment, 'reversed', now, { failure }),
        posting: 'REVERSAL',
        contradiction: false,
      };
    }
    case 'unclear':
      return waiting ? stillWaiting(payment, inDoubtAfterMs, now) : unclearAfterwards(payment);
  }
}

/** Neither yes nor no: the debit stands, the repeats go on, and after long enough people are told (R12). */
function stillWaiting(payment: Payment, inDoubtAfterMs: number, now: Date): AnswerDecision {
  const doubtful =
    can(payment.status, 'doubted') &&
    payment.debitedAt !== null &&
    now >= addMilliseconds(payment.debitedAt, inDoubtAfterMs);
  return {
    delivered: false,
    payment: doubtful ? moved(payment, 'doubted', now) : null,
    posting: null,
    contradiction: false,
  };
}

/** Confirmed in another way, it still asks for its receipt (R19); with the money given back there is nothing to ask. */
function unclearAfterwards(payment: Payment): AnswerDecision {
  return { delivered: payment.status !== 'CONFIRMED', payment: null, posting: null, contradiction: false };
}

/** CANCELLED_BY_CLIENT and PROCESS_FAIL: any listed answer ends the delivery, and no money moves (R35). */
function decideOnOtherNotify({ resultCode, attempts }: NotifyHeard): AnswerDecision {
  const listed = resultCode !== null && isListed(resultCode) && resultCode !== 'UNKNOWN_EXCEPTION';
  const delivered = listed || (resultCode !== null && attempts >= UNCLEAR_ATTEMPTS);
  return { delivered, payment: null, posting: null, contradiction: false };
}

function settledBefore(contradiction: boolean): AnswerDecision {
  return { delivered: true, payment: null, posting: null, contradiction };
}
