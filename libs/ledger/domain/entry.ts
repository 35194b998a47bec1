import { type AccountId, DomainError, type LocalisedText, type Money } from '@mpp/kernel';
import type { AccountKind, EntryPurpose } from './chart.js';

/** An entry to post: `amount` from the debited account to the credited account. */
export interface NewEntry {
  readonly purpose: EntryPurpose;
  readonly reference: string;
  readonly debit: AccountId;
  readonly credit: AccountId;
  readonly amount: Money;
}

/** An entry of the journal. */
export interface Entry {
  readonly id: string;
  readonly purpose: EntryPurpose;
  readonly reference: string;
  readonly debitAccountId: AccountId;
  readonly creditAccountId: AccountId;
  readonly amount: Money;
  readonly bookedAt: Date;
  /** The id of the corrected entry; this and the next two are null unless the purpose is CORRECTION. */
  readonly corrects: string | null;
  readonly reason: string | null;
  readonly operator: string | null;
}

export interface EntryWithAccountKinds extends Entry {
  readonly debitKind: AccountKind;
  readonly creditKind: AccountKind;
}

/** What an operator states for a correction. */
export interface CorrectionRequest {
  /** The id of the entry to correct. */
  readonly corrects: string;
  readonly reason: string;
  readonly operator: string;
}

const CORRECTABLE: readonly EntryPurpose[] = [
  ...['DEPOSIT', 'FEE', 'DIFFERENCE', 'NETTING', 'PAYOUT', 'CORRECTION'],
] as EntryPurpose[];
/** A refund may have been settled against such an entry since: a correction would pay or take the money twice. */
const MOVES_CUSTOMERS_MONEY: readonly EntryPurpose[] = ['DIFFERENCE_DEBIT', 'DIFFERENCE_CREDIT'];

/**
 * The correction of an entry: the same amount in the opposite direction. STATE_CONFLICT for an entry of a payment or refund:
 * the journal has to agree with their status, so they are resolved or refunded instead; and for a customer's part of a difference,
 * which the settlement of the next discrepancy puts right. The database refuses it too.
 */
export function correctionOf(entry: Entry, { reason, operator }: CorrectionRequest, bookedAt: Date): Omit<Entry, 'id'> {
  if (MOVES_CUSTOMERS_MONEY.includes(entry.purpose))
    throw new DomainError('STATE_CONFLICT', { detail: SETTLED_WITH_CUSTOMER });
  if (!CORRECTABLE.includes(entry.purpose)) throw new DomainError('STATE_CONFLICT', { detail: FOLLOWS_A_PAYMENT });
  return {
    purpose: 'CORRECTION',
    reference: entry.reference,
    debitAccountId: entry.creditAccountId,
    creditAccountId: entry.debitAccountId,
    amount: entry.amount,
    bookedAt,
    corrects: entry.id,
    reason,
    operator,
  };
}

const FOLLOWS_A_PAYMENT: LocalisedText = {
  ru: 'Эта проводка следует за платежом или возвратом и отдельно от него не исправляется.',
  kk: 'Бұл жазба төлемге немесе қайтарымға тиесілі, одан бөлек түзетілмейді.',
};

export const SETTLED_WITH_CUSTOMER: LocalisedText = {
  ru: 'Эта проводка — деньги клиента по расхождению, она не исправляется: закройте следующее расхождение этой операции.',
  kk: 'Бұл жазба — айырмашылық бойынша клиенттің ақшасы, ол түзетілмейді: осы операцияның келесі айырмашылығын жабыңыз.',
};

export const ALREADY_CORRECTED: LocalisedText = {
  ru: 'Эта проводка уже исправлена.',
  kk: 'Бұл жазба түзетіліп қойған.',
};

export const MONEY_ALREADY_SPENT: LocalisedText = {
  ru: 'Деньги этой проводки клиент уже потратил: на счёте их недостаточно.',
  kk: 'Клиент бұл жазбаның ақшасын жұмсап қойған: шотта қаражат жеткіліксіз.',
};

/**
 * The entries without deposits and the corrections of deposits: a deposit's reference is free text and may equal the id of a
 * payment. Expects the order of the journal.
 */
export function withoutDeposits(entries: readonly Entry[]): Entry[] {
  const kept = new Set<string>();
  return entries.filter(({ id, purpose, corrects }) => {
    const keep = corrects === null ? purpose !== 'DEPOSIT' : kept.has(corrects);
    if (keep) kept.add(id);
    return keep;
  });
}
