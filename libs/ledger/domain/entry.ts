import { type AccountId, DomainError, type LocalisedText, type Money } from '@mpp/kernel';
import type { AccountKind, EntryPurpose } from './chart.js';

/** One entry to post: `amount` from the debited account to the credited one. */
export interface NewEntry {
  readonly purpose: EntryPurpose;
  readonly reference: string;
  readonly debit: AccountId;
  readonly credit: AccountId;
  readonly amount: Money;
}

/** What a correction says of itself. */
export interface Explanation {
  /** The id of the entry that it takes back. */
  readonly corrects: string;
  readonly reason: string;
  readonly operator: string;
}

export interface Entry extends NewEntry {
  readonly id: string;
  readonly bookedAt: Date;
  /** Of a CORRECTION, and of nothing else. */
  readonly correction: Explanation | null;
}

/** An entry as part of a story: with what its accounts are. */
export interface ToldEntry extends Entry {
  readonly debitKind: AccountKind;
  readonly creditKind: AccountKind;
}

const CORRECTABLE: readonly EntryPurpose[] = ['DEPOSIT', 'FEE', 'DIFFERENCE', 'NETTING', 'PAYOUT', 'CORRECTION'];

/**
 * STATE_CONFLICT for an entry that follows a payment or a refund: the books have to go on agreeing with those, so they are
 * put right where they were decided. The database refuses it too.
 */
export function demandCorrectable({ purpose }: Pick<Entry, 'purpose'>): void {
  if (!CORRECTABLE.includes(purpose)) throw new DomainError('STATE_CONFLICT', { detail: FOLLOWS_A_PAYMENT });
}

const FOLLOWS_A_PAYMENT: LocalisedText = {
  ru: 'Эта проводка следует за платежом или возвратом и отдельно от него не исправляется.',
  kk: 'Бұл жазба төлемге немесе қайтарымға тиесілі, одан бөлек түзетілмейді.',
};

export const CORRECTED_ALREADY: LocalisedText = {
  ru: 'Эта проводка уже исправлена.',
  kk: 'Бұл жазба түзетіліп қойған.',
};

export const MONEY_IS_SPENT: LocalisedText = {
  ru: 'Деньги этой проводки клиент уже потратил: на счёте их недостаточно.',
  kk: 'Клиент бұл жазбаның ақшасын жұмсап қойған: шотта қаражат жеткіліксіз.',
};

/**
 * Those of them that are about the same thing: all but deposits, which may carry any reference, and what takes deposits
 * back. Expects the order of the journal.
 */
export function withoutDeposits<Some extends Entry>(entries: readonly Some[]): Some[] {
  const kept = new Set<string>();
  return entries.filter(({ id, purpose, correction }) => {
    const belongs = correction === null ? purpose !== 'DEPOSIT' : kept.has(correction.corrects);
    if (belongs) kept.add(id);
    return belongs;
  });
}
