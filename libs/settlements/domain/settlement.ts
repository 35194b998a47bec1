import { DomainError, formatTiyn, type LocalisedText } from '@mpp/kernel';

/** How many, and how much together, in tiyn. */
export interface Sum {
  readonly count: number;
  readonly amount: bigint;
}

/** What purchases and refunds of a day come to, by the books or by a registry. */
export interface DaySums {
  readonly payments: Sum;
  readonly refunds: Sum;
}

/** A payment of the bank's, for one day. */
export interface NewSettlement {
  readonly day: string;
  /** The bank's: each is booked once, whatever the day. */
  readonly reference: string;
  /** In tiyn; below zero where Kaspi pays us. */
  readonly amount: bigint;
}

export interface Settlement extends NewSettlement {
  readonly id: string;
  /** The refunds that were taken off with it. */
  readonly netted: bigint;
  readonly settledBy: string;
  readonly settledAt: Date;
  /** What of it stands in the journal; zero where accounting took it back. */
  readonly standing: { readonly amount: bigint; readonly netted: bigint };
}

/** A day between Kaspi and us, fees apart. */
export interface SettledDay extends DaySums {
  readonly day: string;
  /** What Kaspi's newest daily registry says of this day; null where none covers it. */
  readonly registry: (DaySums & { readonly id: string }) | null;
  readonly settlements: readonly Settlement[];
}

/** Payments less refunds, in tiyn: what we owe Kaspi, and below zero what Kaspi owes us. */
export function owed({ payments, refunds }: DaySums): bigint {
  return payments.amount - refunds.amount;
}

export function settled({ settlements }: Pick<SettledDay, 'settlements'>): bigint {
  return settlements.reduce((sum, { standing }) => sum + standing.amount, 0n);
}

export function outstanding(day: SettledDay): bigint {
  return owed(day) - settled(day);
}

/** Refunds of the day that were not taken off yet. */
export function notNetted({ refunds, settlements }: SettledDay): bigint {
  return refunds.amount - settlements.reduce((sum, { standing }) => sum + standing.netted, 0n);
}

/** Whether the registry has as many purchases and refunds of the day as the books, and as much; null without one. */
export function agrees({ payments, refunds, registry }: SettledDay): boolean | null {
  return registry && sameSum(payments, registry.payments) && sameSum(refunds, registry.refunds);
}

const sameSum = (one: Sum, other: Sum) => one.count === other.count && one.amount === other.amount;

/**
 * The refunds to be taken off with a payment of so much. STATE_CONFLICT where that is more than is outstanding, or goes the
 * other way. Nothing may be paid where payments and refunds are even: then the refunds are only taken off.
 */
export function decideSettlement(day: SettledDay, amount: bigint): bigint {
  const open = outstanding(day);
  const refunds = notNetted(day);
  if (open === 0n && refunds === 0n) throw new DomainError('STATE_CONFLICT', { detail: NOTHING_OPEN });
  const fits = open > 0n ? amount > 0n && amount <= open : open < 0n ? amount < 0n && amount >= open : amount === 0n;
  if (!fits) throw new DomainError('STATE_CONFLICT', { detail: onlyOpen(open) });
  return refunds > 0n ? refunds : 0n;
}

export const sameSettlement = (one: NewSettlement, other: NewSettlement) =>
  one.day === other.day && one.amount === other.amount;

const NOTHING_OPEN: LocalisedText = {
  ru: 'За этот день расчёты с Kaspi завершены: платить нечего.',
  kk: 'Бұл күн бойынша Kaspi-мен есеп айырысу аяқталған: төлейтін ештеңе жоқ.',
};

function onlyOpen(open: bigint): LocalisedText {
  const amount = formatTiyn(open);
  return {
    ru: `За этот день осталось ${amount}: сумма должна быть с тем же знаком и не больше.`,
    kk: `Бұл күн бойынша ${amount} қалды: сома сол таңбамен және одан аспауы керек.`,
  };
}
