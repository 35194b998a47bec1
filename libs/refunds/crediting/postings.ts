import type { NewAlert } from '@mpp/alerts';
import { type NewEntry, SHARED_ACCOUNTS } from '@mpp/ledger';
import type { CreditDecision, CreditPosting } from '../domain/credit.js';
import type { Refund } from '../domain/refund.js';

/** A refund, and what was decided about crediting it. */
export interface Credited {
  readonly before: Refund;
  readonly decision: CreditDecision;
}

/** The journal entry of a refund that a decision asks for. */
export function entryOf({ before, decision }: Credited): NewEntry[] {
  const { refund, posting } = decision;
  if (refund === null || posting === null) return [];
  return [{ reference: before.id, amount: before.amount, ...partiesOf(posting, refund) }];
}

function partiesOf(posting: CreditPosting, { refundId, creditedAccountId }: Refund) {
  const { RECEIVABLE_FROM_KASPI, REFUNDS_IN_SUSPENSE } = SHARED_ACCOUNTS;
  if (posting === 'SUSPEND') {
    return { purpose: 'REFUND', debit: RECEIVABLE_FROM_KASPI, credit: REFUNDS_IN_SUSPENSE } as const;
  }
  if (creditedAccountId === null) throw new Error(`refund ${refundId} is credited to no account`);
  return posting === 'CREDIT'
    ? ({ purpose: 'REFUND', debit: RECEIVABLE_FROM_KASPI, credit: creditedAccountId } as const)
    : ({ purpose: 'REFUND_RELEASE', debit: REFUNDS_IN_SUSPENSE, credit: creditedAccountId } as const);
}

export function alertsOf({ before, decision }: Credited): NewAlert[] {
  const { refundId: subject, customerId, paymentId } = before;
  return decision.alerts.map((kind) => ({ kind, subject, customerId, details: { paymentId } }));
}
