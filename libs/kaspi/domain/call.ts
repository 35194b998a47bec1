import type { PaymentId, RequestId } from '@mpp/kernel';
import { maskPersonalData } from './masking.js';
import type { KaspiMethod, KaspiOutcome } from './outcome.js';

/** Identifies one attempt. */
export interface CallKey {
  readonly requestId: RequestId;
  readonly attempt: number;
}

export interface StartedCall extends CallKey {
  readonly method: KaspiMethod;
  readonly paymentId: PaymentId | null;
  readonly body: string;
}

export interface EndedCall extends CallKey {
  readonly outcome: KaspiOutcome<unknown>;
  /** The payment of a scan, which is not known when the attempt begins. */
  readonly paymentId?: PaymentId;
}

export const RECORDED_OUTCOMES = { answered: 'ANSWERED', 'not-sent': 'NOT_SENT', unknown: 'UNKNOWN' } as const;

/** A recorded call to the PS, with the customer and the form values masked. */
export interface LoggedCall extends CallKey {
  readonly method: KaspiMethod;
  readonly request: string;
  readonly startedAt: Date;
  /** Null if no end was recorded: the call may have arrived (R9). */
  readonly finishedAt: Date | null;
  readonly outcome: (typeof RECORDED_OUTCOMES)[KaspiOutcome<unknown>['kind']] | null;
  readonly httpStatus: number | null;
  readonly resultCode: string | null;
  /** The answer as received, or the reason why there is none. */
  readonly answer: string | null;
}

const MAX_UNCLEAR_CHARACTERS = 4000;

/** The `answer` of a {@link LoggedCall}. */
export function recordedAnswer(outcome: KaspiOutcome<unknown>): string {
  const answer =
    outcome.kind === 'answered'
      ? outcome.text
      : ((outcome.kind === 'unknown' ? outcome.text : undefined) ?? outcome.reason).slice(0, MAX_UNCLEAR_CHARACTERS);
  // A text column of PostgreSQL refuses NUL.
  return maskPersonalData(answer.replaceAll('\0', '\ufffd'));
}
