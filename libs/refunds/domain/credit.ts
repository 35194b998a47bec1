import type { AccountId } from '@mpp/kernel';
import { type EscalationKind, escalate } from './overdue.js';
import type { Refund } from './refund.js';

export type CreditAlert = EscalationKind | 'REFUND_TO_OTHER_ACCOUNT' | 'REFUND_IN_SUSPENSE';

/** The money that moves. */
export type CreditPosting =
  /** Receivable from Kaspi → the customer's account. */
  | 'CREDIT'
  /** Receivable from Kaspi → suspense. */
  | 'SUSPEND'
  /** Suspense → the customer's account. */
  | 'RELEASE';

export interface CreditDecision {
  /** As it is then; null where nothing changes. */
  readonly refund: Refund | null;
  readonly posting: CreditPosting | null;
  readonly alerts: readonly CreditAlert[];
  /** Whether the customer has it. */
  readonly credited: boolean;
}

/**
 * What becomes of a refund whose customer can be credited on this account, or on none. A refusal of the account is no end:
 * what is in suspense is owed, and the hour runs on. Once it is credited nothing is done any more, however often it is tried.
 */
export function decideCredit(refund: Refund, account: AccountId | null, now: Date): CreditDecision {
  if (refund.status === 'CREDITED') return { refund: null, posting: null, alerts: [], credited: true };
  const late = escalate(refund, now);
  if (account === null) {
    if (refund.status === 'SUSPENDED') return { refund: null, posting: null, alerts: [], credited: false };
    return {
      refund: { ...refund, status: 'SUSPENDED', suspendedAt: now },
      posting: 'SUSPEND',
      alerts: ['REFUND_IN_SUSPENSE'],
      credited: false,
    };
  }
  const elsewhere = account === refund.accountId ? [] : (['REFUND_TO_OTHER_ACCOUNT'] as const);
  return {
    refund: { ...refund, status: 'CREDITED', creditedAt: now, creditedAccountId: account, nextEscalationAt: null },
    posting: refund.status === 'SUSPENDED' ? 'RELEASE' : 'CREDIT',
    // Too late is too late, also where nobody looked in between.
    alerts: [...late.kinds, ...elsewhere],
    credited: true,
  };
}
