import type { AccountId } from '@mpp/kernel';
import { type Debt, type DueAlert, dueAlerts, type OwedMoney } from './owed-money.js';

export type CreditAlert = DueAlert | `${Debt}_TO_OTHER_ACCOUNT` | `${Debt}_IN_SUSPENSE`;

export type CreditPosting =
  /** From where the money is owed → the customer's account. */
  | 'CREDIT'
  /** From where the money is owed → suspense. */
  | 'SUSPEND'
  /** Suspense → the customer's account. */
  | 'RELEASE';

/** What crediting changes. */
export type CreditChange = Pick<OwedMoney, 'nextEscalationAt' | 'suspendedAt' | 'creditedAt' | 'creditedAccountId'>;

export interface CreditDecision {
  /** Null if nothing changes. */
  readonly change: CreditChange | null;
  readonly posting: CreditPosting | null;
  readonly alerts: readonly CreditAlert[];
  /** Whether the customer has the money. */
  readonly credited: boolean;
}

/**
 * Decides about money that can be credited on the account, or on none of the customer's accounts if it is null. Money in
 * suspense is still owed, and its hour goes on. What is credited cannot change. Source: R21, R41.
 */
export function decideCredit(debt: Debt, owed: OwedMoney, account: AccountId | null, now: Date): CreditDecision {
  const { nextEscalationAt, suspendedAt, creditedAt, creditedAccountId } = owed;
  if (creditedAt !== null) return { ...NOTHING, credited: true };
  if (account === null) {
    if (suspendedAt !== null) return NOTHING;
    return {
      change: { nextEscalationAt, suspendedAt: now, creditedAt, creditedAccountId },
      posting: 'SUSPEND',
      alerts: [`${debt}_IN_SUSPENSE`],
      credited: false,
    };
  }
  const elsewhere = account === owed.accountId ? [] : ([`${debt}_TO_OTHER_ACCOUNT`] as const);
  return {
    change: { nextEscalationAt: null, suspendedAt, creditedAt: now, creditedAccountId: account },
    posting: suspendedAt === null ? 'CREDIT' : 'RELEASE',
    // A late credit is alerted even if no escalation ran in between.
    alerts: [...dueAlerts(debt, owed, now).kinds, ...elsewhere],
    credited: true,
  };
}

const NOTHING: CreditDecision = { change: null, posting: null, alerts: [], credited: false };
