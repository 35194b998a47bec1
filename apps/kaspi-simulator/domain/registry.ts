import { almatyMidnight } from './almaty-time.js';
import type { Purchase } from './purchase.js';
import { type Refund, refundStatusOf } from './refund.js';
import { feeOf, type RegistryKind, type RegistryRates } from './registry-rates.js';

/** Days in Almaty, like 2026-03-10; both included. */
export interface Days {
  readonly from: string;
  readonly to: string;
}

/** An operation of a registry. */
export interface RegistryLine {
  readonly type: 'Покупка' | 'Возврат';
  /** "ID операции Kaspi" (R24). */
  readonly operationId: string;
  /** "ID операции участника"; a refund has the id of its purchase. */
  readonly mppPaymentId: string;
  /** ДА or НЕТ. */
  readonly confirmed: boolean;
  readonly at: Date;
  readonly customerId: string;
  /** In tiyn; negative for a refund. */
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

/** The data of a registry. */
export interface RegistryData {
  /** In any order. */
  readonly purchases: readonly Purchase[];
  readonly refunds: readonly Refund[];
  readonly rates: RegistryRates;
}

/**
 * The purchases that the PS confirmed and the refunds that participants accepted in these days, by time. The time of a
 * decision never changes, so a past day always lists the same. A refund has no fee.
 */
export function registryLines(kind: RegistryKind, days: Days, data: RegistryData): RegistryLine[] {
  const [start, end] = [almatyMidnight(days.from), almatyMidnight(days.to, 1)];
  const purchases = new Map(data.purchases.map((purchase) => [purchase.paymentId, purchase]));
  const lines = [
    ...data.purchases.map((purchase) => purchaseLine(kind, purchase, data.rates)),
    ...data.refunds.map((refund) => refundLine(refund, purchases.get(refund.paymentId))),
  ].filter((line) => line !== null);
  return lines.filter(({ at }) => at >= start && at < end).sort(byTime);
}

/** "Итоги": the count of all rows, and the sums of the confirmed ones. */
export function totalsOf(lines: readonly RegistryLine[]): Totals {
  const confirmed = lines.filter((line) => line.confirmed);
  const sum = (column: 'amount' | 'fee') => confirmed.reduce((total, line) => total + line[column], 0n);
  return { operations: lines.length, amount: sum('amount'), fee: sum('fee') };
}

function purchaseLine(
  kind: RegistryKind,
  { decision, amount, merchant }: Purchase,
  rates: RegistryRates,
): RegistryLine | null {
  if (decision?.receipt == null || amount === null) return null;
  const rate = rates.rateOf(kind, merchant.mcc);
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

/** By time, then by operation number. */
function byTime(one: RegistryLine, other: RegistryLine): number {
  return one.at.getTime() - other.at.getTime() || operationNumber(one) - operationNumber(other);
}

function operationNumber({ operationId }: RegistryLine): number {
  return Number(operationId.slice(2));
}
