import { type BusinessDay, DomainError, formatTiyn, type LocalisedText } from '@mpp/kernel';

/** A number of operations and their sum in tiyn. */
export interface Sum {
  readonly count: number;
  readonly amount: bigint;
}

/** The payments and refunds of a business day, by the books or by a registry. */
export interface DaySums {
  readonly payments: Sum;
  readonly refunds: Sum;
}

/** A transfer between the bank and Kaspi for one business day. */
export interface NewSettlement {
  readonly day: BusinessDay;
  /** The bank's reference: each is booked once, whatever the day. */
  readonly reference: string;
  /** Tiyn; negative if Kaspi paid us. */
  readonly amount: bigint;
}

export interface Settlement extends NewSettlement {
  readonly id: string;
  /** Tiyn; the refunds that were netted with it. */
  readonly netted: bigint;
  readonly settledBy: string;
  readonly settledAt: Date;
  /** Tiyn; the amount and the netted refunds in the journal: zero after a correction of the entry. */
  readonly amountInJournal: bigint;
  readonly nettedInJournal: bigint;
}

/** A business day as it is settled with Kaspi, without fees. */
export interface SettledDay extends DaySums {
  readonly day: BusinessDay;
  /** The sums of Kaspi's newest daily registry that covers the day; null without one. */
  readonly registry: (DaySums & { readonly id: string }) | null;
  readonly settlements: readonly Settlement[];
}

/** Payments minus refunds, in tiyn: what we owe Kaspi; negative if Kaspi owes us. */
export function owedAmount({ payments, refunds }: DaySums): bigint {
  return payments.amount - refunds.amount;
}

export function settledAmount({ settlements }: Pick<SettledDay, 'settlements'>): bigint {
  return settlements.reduce((sum, { amountInJournal }) => sum + amountInJournal, 0n);
}

export function outstandingAmount(day: SettledDay): bigint {
  return owedAmount(day) - settledAmount(day);
}

/** The refunds of the day that are not netted yet, in tiyn. */
export function refundsToNet({ refunds, settlements }: SettledDay): bigint {
  return refunds.amount - settlements.reduce((sum, { nettedInJournal }) => sum + nettedInJournal, 0n);
}

/** Whether the registry has the same payments and refunds as the books, by count and amount; null without a registry. */
export function agreesWithRegistry({ payments, refunds, registry }: SettledDay): boolean | null {
  return registry && sameSum(payments, registry.payments) && sameSum(refunds, registry.refunds);
}

const sameSum = (one: Sum, other: Sum) => one.count === other.count && one.amount === other.amount;

/**
 * The refunds to net with a settlement of this amount, in tiyn. If payments and refunds are equal, the amount is zero and the
 * refunds are only netted. Throws STATE_CONFLICT for an amount that exceeds what is outstanding or has the other sign.
 */
export function decideSettlement(day: SettledDay, amount: bigint): bigint {
  const open = outstandingAmount(day);
  const refunds = refundsToNet(day);
  if (open === 0n && refunds === 0n) throw new DomainError('STATE_CONFLICT', { detail: NOTHING_OUTSTANDING });
  requireOutstanding(day, amount);
  return refunds > 0n ? refunds : 0n;
}

/** Throws STATE_CONFLICT for an amount that exceeds what is outstanding or has the other sign. */
export function requireOutstanding(day: SettledDay, amount: bigint): void {
  const open = outstandingAmount(day);
  const fits = open > 0n ? amount > 0n && amount <= open : open < 0n ? amount < 0n && amount >= open : amount === 0n;
  if (!fits) throw new DomainError('STATE_CONFLICT', { detail: exceedsOutstanding(open) });
}

/** Throws STATE_CONFLICT if so much of the day's refunds is netted already. */
export function requireNettable(day: SettledDay, amount: bigint): void {
  if (amount > refundsToNet(day)) throw new DomainError('STATE_CONFLICT', { detail: NOTHING_OUTSTANDING });
}

export const sameSettlement = (one: NewSettlement, other: NewSettlement) =>
  one.day === other.day && one.amount === other.amount;

const NOTHING_OUTSTANDING: LocalisedText = {
  ru: 'За этот день расчёты с Kaspi завершены: платить нечего.',
  kk: 'Бұл күн бойынша Kaspi-мен есеп айырысу аяқталған: төлейтін ештеңе жоқ.',
};

function exceedsOutstanding(open: bigint): LocalisedText {
  const amount = formatTiyn(open);
  return {
    ru: `За этот день осталось ${amount}: сумма должна быть с тем же знаком и не больше.`,
    kk: `Бұл күн бойынша ${amount} қалды: сома сол таңбамен және одан аспауы керек.`,
  };
}
