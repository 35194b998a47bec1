import { almatyMidnight } from './almaty-time.js';
import type { Purchase } from './purchase.js';
import { type Refund, refundStatusOf } from './refund.js';
import { feeOf, type RegistryKind, type RegistryRates } from './registry-rates.js';

/** By the calendar of Almaty, like 2026-03-10; both included. */
export interface Days {
  readonly from: string;
  readonly to: string;
}

/** One operation, as a registry lists it. */
export interface RegistryLine {
  readonly type: 'Покупка' | 'Возврат';
  /** "ID операции Kaspi" (R24). */
  readonly operationId: string;
  /** "ID операции участника": of a refund, that of the purchase. */
  readonly mppPaymentId: string;
  /** ДА or НЕТ. */
  readonly confirmed: boolean;
  readonly at: Date;
  readonly customerId: string;
  /** In tiyn; of a refund below zero. */
  readonly amount: bigint;
  readonly fee: bigint;
  /** In ten-thousandths of a percent. */
  readonly rate: bigint;
  readonly mcc: string;
}

/** The row "Итоги". */
export interface Totals {
  readonly operations: number;
  readonly amount: bigint;
  readonly fee: bigint;
}

/** What a registry is made from. */
export interface Facts {
  /** In any order. */
  readonly purchases: readonly Purchase[];
  readonly refunds: readonly Refund[];
  readonly rates: RegistryRates;
}

/**
 * The purchases that the PS confirmed in these days and the refunds that participants took in them, in the order of their
 * time. Both have the moment from which they stand, so a day that is over lists the same for ever. A refund costs nothing.
 */
export function linesOf(kind: RegistryKind, days: Days, facts: Facts): RegistryLine[] {
  const [start, end] = [almatyMidnight(days.from), almatyMidnight(days.to, 1)];
  const paid = new Map(facts.purchases.map((purchase) => [purchase.paymentId, purchase]));
  const lines = [
    ...facts.purchases.map((purchase) => purchaseLine(kind, purchase, facts.rates)),
    ...facts.refunds.map((refund) => refundLine(refund, paid.get(refund.paymentId))),
  ].filter((line) => line !== null);
  return lines.filter(({ at }) => at >= start && at < end).sort(byTime);
}

/** "Итоги" counts every row, and sums up the money of those that are confirmed. */
export function totalsOf(lines: readonly RegistryLine[]): Totals {
  const confirmed = lines.filter((line) => line.confirmed);
  const sum = (of: 'amount' | 'fee') => confirmed.reduce((total, line) => total + line[of], 0n);
  return { operations: lines.length, amount: sum('amount'), fee: sum('fee') };
}

function purchaseLine(
  kind: RegistryKind,
  { decision, amount, merchant }: Purchase,
  rates: RegistryRates,
): RegistryLine | null {
  if (decision?.receipt == null || amount === null) return null;
  const rate = rates.of(kind, merchant.mcc);
  return {
    type: 'Покупка',
    operationId: decision.receipt.operationId,
    mppPaymentId: decision.mppPaymentId,
    confirmed: true,
    at: decision.at,
    customerId: decision.customerId,
    amount: amount.tiyn,
    fee: feeOf(amount.tiyn, rate),
    rate,
    mcc: merchant.mcc,
  };
}

function refundLine(refund: Refund, purchase: Purchase | undefined): RegistryLine | null {
  if (refund.answer === null || refundStatusOf(refund) !== 'ACCEPTED' || purchase?.decision == null) return null;
  return {
    type: 'Возврат',
    operationId: refund.receipt.operationId,
    mppPaymentId: purchase.decision.mppPaymentId,
    confirmed: true,
    at: refund.answer.at,
    customerId: refund.customerId,
    amount: -refund.amount.tiyn,
    fee: 0n,
    rate: 0n,
    mcc: purchase.merchant.mcc,
  };
}

/** Of the same moment, by their numbers, which rise. */
function byTime(one: RegistryLine, other: RegistryLine): number {
  return one.at.getTime() - other.at.getTime() || numberOf(one) - numberOf(other);
}

function numberOf({ operationId }: RegistryLine): number {
  return Number(operationId.slice(2));
}
