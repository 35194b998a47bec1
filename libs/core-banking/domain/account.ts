import { type AccountId, DomainError, type LocalisedText } from '@mpp/kernel';

/** The currency of Kaspi QR payments. */
export const CURRENCY = 'KZT';

/** A customer's account, in the own ledger or at a bank. */
export interface CustomerAccount {
  /** Our id, used by payments, refunds and the journal. */
  readonly id: AccountId;
  /** The bank's id; null in the own ledger. */
  readonly coreAccount: string | null;
  readonly name: string;
  readonly currency: string;
  /** Tiyn, signed: an account at a bank may be overdrawn. */
  readonly balance: bigint;
  readonly status: 'OPEN' | 'BLOCKED' | 'CLOSED';
  readonly preferred: boolean;
}

/** Open, and in the currency of payments. */
export function isUsable({ status, currency }: CustomerAccount): boolean {
  return status === 'OPEN' && currency === CURRENCY;
}

/**
 * The account from which the customer pays: the requested one, by our id or by the bank's; else the preferred one, else the
 * only one. Throws ACCOUNT_UNUSABLE with the reason: not theirs, closed, blocked, of another currency, none, or not chosen.
 */
export function payingAccount(accounts: readonly CustomerAccount[], requested: string | null): CustomerAccount {
  if (requested !== null) {
    const account = accounts.find(({ id, coreAccount }) => id === requested.toLowerCase() || coreAccount === requested);
    if (account === undefined) throw unusable('NOT_THEIRS');
    if (account.status !== 'OPEN') throw unusable(account.status);
    if (account.currency !== CURRENCY) throw unusable('OTHER_CURRENCY');
    return account;
  }
  const usable = accounts.filter(isUsable);
  const chosen = usable.find(({ preferred }) => preferred) ?? (usable.length === 1 ? usable[0] : undefined);
  if (chosen === undefined) throw unusable(usable.length === 0 ? 'NONE' : 'TO_BE_CHOSEN');
  return chosen;
}

function unusable(reason: keyof typeof UNUSABLE): DomainError {
  return new DomainError('ACCOUNT_UNUSABLE', { detail: UNUSABLE[reason] });
}

const UNUSABLE = {
  NOT_THEIRS: { ru: 'У покупателя нет такого счёта.', kk: 'Сатып алушыда мұндай шот жоқ.' },
  CLOSED: { ru: 'Этот счёт закрыт.', kk: 'Бұл шот жабылған.' },
  BLOCKED: { ru: 'Этот счёт заблокирован.', kk: 'Бұл шот бұғатталған.' },
  OTHER_CURRENCY: { ru: 'Оплатить можно только со счёта в тенге.', kk: 'Тек теңге шотынан төлеуге болады.' },
  NONE: { ru: 'У покупателя нет открытого счёта в тенге.', kk: 'Сатып алушыда ашық теңге шоты жоқ.' },
  TO_BE_CHOSEN: { ru: 'Выберите счёт, с которого платить.', kk: 'Төлейтін шотты таңдаңыз.' },
} as const satisfies Record<string, LocalisedText>;
