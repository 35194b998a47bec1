import { type AccountId, type CustomerId, DomainError, type LocalisedText, Money } from '@mpp/kernel';
import { type AccountKind, CHART } from './chart.js';
import type { Turnover } from './turnover.js';

export const ACCOUNT_STATUSES = ['OPEN', 'BLOCKED', 'CLOSED'] as const;
/** Payments debit open accounts only; refunds and reversals credit open ones only. Nothing credits a closed account. */
export type AccountStatus = (typeof ACCOUNT_STATUSES)[number];

/** An account of the ledger: a customer's or a shared one. */
export interface LedgerAccount {
  readonly id: AccountId;
  readonly kind: AccountKind;
  readonly customerId: CustomerId | null;
  /** Of a CORE_CUSTOMER: the id of the account at the bank's core. */
  readonly coreAccount: string | null;
  readonly name: string;
  readonly currency: string;
  readonly status: AccountStatus;
  /** In tiyn. Null for shared accounts, which are summed from the journal. Negative only for a CORE_CUSTOMER. */
  readonly balance: bigint | null;
  readonly createdAt: Date;
}

/** An account of kind CUSTOMER as its customer sees it. */
export interface CustomerAccount {
  readonly id: AccountId;
  readonly name: string;
  readonly currency: string;
  readonly balance: Money;
}

export function customerAccountOf({ id, name, currency, balance }: LedgerAccount): CustomerAccount {
  if (balance === null) throw new Error(`account ${id} does not belong to a customer`);
  return { id, name, currency, balance: Money.ofTiyn(balance) };
}

/**
 * Whether the operator's new status changes the account; throws if the account cannot have it: ACCOUNT_NOT_EMPTY for closing an
 * account with a balance, which its customer could not use any more; STATE_CONFLICT if a bank's core keeps the account.
 */
export function decideStatus({ kind, status, balance }: LedgerAccount, next: AccountStatus): boolean {
  if (kind === 'CORE_CUSTOMER') throw new DomainError('STATE_CONFLICT', { detail: KEPT_BY_CORE });
  if (next === status) return false;
  if (next === 'CLOSED' && balance !== 0n) throw new DomainError('ACCOUNT_NOT_EMPTY');
  return true;
}

export const KEPT_BY_CORE: LocalisedText = {
  ru: 'Счета ведёт АБС банка: откройте, пополните или закройте счёт там.',
  kk: 'Шоттарды банктің жүйесі жүргізеді: шотты сол жерде ашып, толтырыңыз немесе жабыңыз.',
};

export const ACCOUNT_CLOSED: LocalisedText = { ru: 'Этот счёт закрыт.', kk: 'Бұл шот жабылған.' };

/** The balance in tiyn, positive on the normal side of the account's kind. */
export function normalBalance(kind: AccountKind, { debited, credited }: Turnover): bigint {
  return CHART[kind].normalSide === 'DEBIT' ? debited - credited : credited - debited;
}
