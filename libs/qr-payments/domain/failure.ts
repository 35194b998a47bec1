import type { LocalisedText } from '@mpp/kernel';
import { meaningOfResultCode } from './result-code-table.js';
import type { PaymentStatus } from './transitions.js';

/** Why a payment ended without a purchase. */
export const FAILURE_CODES = [
  'INSUFFICIENT_FUNDS',
  'DEBIT_REFUSED',
  'DEBITED_TOO_LATE',
  'LIMIT_EXCEEDED',
  'CONFIRMED_TOO_LATE',
  'KASPI_REFUSED',
  'NOT_CONFIRMED',
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

export interface PaymentFailure {
  readonly code: FailureCode;
  /** The PS's result code, if the PS refused. */
  readonly kaspiResultCode: string | null;
}

export function failed(code: FailureCode, kaspiResultCode: string | null = null): PaymentFailure {
  return { code, kaspiResultCode };
}

const TEXTS: Readonly<Record<Exclude<FailureCode, 'KASPI_REFUSED' | 'NOT_CONFIRMED'>, LocalisedText>> = {
  INSUFFICIENT_FUNDS: { ru: 'На счёте недостаточно денег.', kk: 'Шотта ақша жеткіліксіз.' },
  DEBIT_REFUSED: { ru: 'Банк отказал в списании. Деньги не списаны.', kk: 'Банк ақшаны есептен шығарудан бас тартты.' },
  DEBITED_TOO_LATE: {
    ru: 'Банк не успел списать деньги вовремя. Оплата не состоялась, деньги останутся на счёте.',
    kk: 'Банк ақшаны уақытында есептен шығара алмады. Төлем өтпеді, ақша шотта қалады.',
  },
  LIMIT_EXCEEDED: {
    ru: 'Операция превышает лимит или запрещена банком. Деньги не списаны.',
    kk: 'Операция лимиттен асады немесе оған банк тыйым салған. Ақша есептен шығарылған жоқ.',
  },
  CONFIRMED_TOO_LATE: {
    ru: 'Время на оплату истекло. Деньги не списаны.',
    kk: 'Төлем уақыты өтті. Ақша есептен шығарылған жоқ.',
  },
};

const NOT_CONFIRMED: LocalisedText = { ru: 'Kaspi не подтвердил оплату.', kk: 'Kaspi төлемді растамады.' };
const RETURNED: LocalisedText = { ru: 'Деньги возвращены.', kk: 'Ақша қайтарылды.' };
const RETURNING: LocalisedText = { ru: 'Деньги возвращаются.', kk: 'Ақша қайтарылып жатыр.' };

const TOO_LATE_RETURNING: LocalisedText = {
  ru: 'Банк не успел списать деньги вовремя. Оплата не состоялась. Если деньги списаны, они возвращаются.',
  kk: 'Банк ақшаны уақытында есептен шығара алмады. Төлем өтпеді. Ақша шығарылған болса, ол қайтарылып жатыр.',
};

/** The text for the customer. It states that the money is back only after the reversal. */
export function failureText({ code, kaspiResultCode }: PaymentFailure, status: PaymentStatus): LocalisedText {
  if (code === 'DEBITED_TOO_LATE' && status === 'REVERSING') return TOO_LATE_RETURNING;
  if (code !== 'KASPI_REFUSED' && code !== 'NOT_CONFIRMED') return TEXTS[code];
  const why = code === 'NOT_CONFIRMED' ? NOT_CONFIRMED : meaningOfResultCode(kaspiResultCode ?? '').customer;
  const money = status === 'REVERSING' ? RETURNING : RETURNED;
  return { ru: `${why.ru} ${money.ru}`, kk: `${why.kk} ${money.kk}` };
}
