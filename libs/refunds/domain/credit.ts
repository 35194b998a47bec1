import type { AccountId } from '@mpp/kernel';
import { dueRefundAlerts, type RefundEscalationAlert } from './overdue.js';
import type { Refund } from './refund.js';

export type CreditAlert = RefundEscalationAlert | 'REFUND_TO_OTHER_ACCOUNT' | 'REFUND_IN_SUSPENSE';

export type CreditPosting =
  /** Receivable from Kaspi → the customer's account. */
  | 'CREDIT'
  /** Receivable from Kaspi → suspense. */
  | 'SUSPEND'
  /** Suspense → the customer's account. */
  | 'RELEASE';

export interface CreditDecision {
  /** The changed refund; null if nothing changes. */
  readonly refund: Refund | null;
  readonly posting: CreditPosting | null;
  readonly alerts: readonly CreditAlert[];
  /** Whether the customer has the money. */
  readonly credited: boolean;
}

/**
 * Decides about a refund that can be credited on the account, or on none of the customer's accounts if it is null. A refund
 * in suspense is still owed, and its hour goes on. A credited refund cannot change. Source: R21.
 */
export function decideCredit(refund: Refund, account: AccountId | null, now: Date): CreditDecision {
  if (refund.status === 'CREDITED') return { refund: null, posting: null, alerts: [], credited: true };
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
    // A late credit is alerted even if no escalation ran in between.
    alerts: [...dueRefundAlerts(refund, now).kinds, ...elsewhere],
    credited: true,
  };
}
