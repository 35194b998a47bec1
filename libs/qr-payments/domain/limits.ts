import type { Money } from '@mpp/kernel';
import type { ConfirmDecision } from './confirm.js';
import { failed } from './failure.js';
import { type Payment, transition } from './payment.js';

/** The participant's own limits; null: no limit. Source: settings. */
export interface LimitRules {
  readonly maxAmount: Money | null;
  readonly dailySum: Money | null;
  readonly dailyCount: number | null;
  readonly excludedMccs: readonly string[];
}

/** The customer's debits of the day that were not reversed. */
export interface DebitsOfDay {
  /** Tiyn; a sum may exceed the bound of a Money. */
  readonly sum: bigint;
  readonly count: number;
}

/** For the log and the history. The customer gets the same text for each of them. */
export type LimitHit = 'MAX_PAYMENT_AMOUNT' | 'DAILY_SUM_LIMIT' | 'DAILY_COUNT_LIMIT' | 'EXCLUDED_MCCS';

/** The limit that a debit of this amount would exceed, or null. */
export function limitHit(
  { merchant, amount }: Payment,
  rules: LimitRules,
  debits: DebitsOfDay | null,
): LimitHit | null {
  if (amount === null) return null;
  if (rules.maxAmount !== null && amount.isMoreThan(rules.maxAmount)) return 'MAX_PAYMENT_AMOUNT';
  if (merchant?.mcc != null && rules.excludedMccs.includes(merchant.mcc)) return 'EXCLUDED_MCCS';
  if (debits === null) return null;
  if (rules.dailySum !== null && debits.sum + amount.tiyn > rules.dailySum.tiyn) return 'DAILY_SUM_LIMIT';
  if (rules.dailyCount !== null && debits.count >= rules.dailyCount) return 'DAILY_COUNT_LIMIT';
  return null;
}

/** Instead of the debit: DECLINED, and the PS gets RISK_REJECT. */
export function declinedByLimit(before: Payment, debit: Payment, reason: LimitHit, now: Date): ConfirmDecision {
  const { amount } = debit;
  const outcome = { amount, failure: failed('LIMIT_EXCEEDED'), notifyResult: 'RISK_REJECT' } as const;
  return { kind: 'decline', payment: transition(before, 'declined', now, outcome), reason };
}
