import { throwConflict } from '../domain/conflict.js';
import type { Discrepancy, DiscrepancyKind, SettleAction } from '../domain/discrepancy.js';
import type { DifferenceFacts } from './difference-facts.js';
import { ENDED_OTHERWISE } from './refusals.js';

/** What an operator decides about a discrepancy. */
export interface SettlementRequest {
  readonly id: string;
  readonly action: SettleAction;
  /** The customer's account to debit or credit; null: none is debited. */
  readonly accountId: string | null;
  readonly reason: string;
}

/** The kinds whose settlement makes an operation of a row, which the books lack. */
export const MAY_BE_UNKNOWN: readonly DiscrepancyKind[] = ['MISSING_AT_MPP', 'DUPLICATE_ROW'];

/** False for an open discrepancy. Throws STATE_CONFLICT if it was ended otherwise. */
export function isRepeat(discrepancy: Discrepancy, { action, accountId, reason }: SettlementRequest): boolean {
  if (discrepancy.status === 'OPEN') return false;
  const { action: before, actionAccount, actionReason } = discrepancy;
  if (before === action && actionAccount === accountId && actionReason === reason) return true;
  return throwConflict(ENDED_OTHERWISE);
}

/** Kaspi does not have the purchase: its notify must not bring it there afterwards. */
export function givesPaymentBack({ kind, paymentId, refund }: Discrepancy, action: SettleAction): boolean {
  const absent = kind === 'MISSING_AT_KASPI' || kind === 'STATUS_MISMATCH';
  return action === 'GIVE_BACK' && absent && paymentId !== null && refund === null;
}

export function isUnknownRefund({ difference: { type, known, kind } }: DifferenceFacts, action: SettleAction): boolean {
  return kind === 'MISSING_AT_MPP' && type === 'REFUND' && !known && action === 'TAKE_UP';
}
