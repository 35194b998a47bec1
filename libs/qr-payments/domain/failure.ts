import type { LocalisedText } from '@mpp/kernel';
import { meaningOf } from './refusals.js';

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
  /** The PS's own code, where the PS refused. */
  readonly kaspiResultCode: string | null;
}

export function failed(code: FailureCode, kaspiResultCode: string | null = null): PaymentFailure {
  return { code, kaspiResultCode };
}

const TEXTS: Readonly<Record<Exclude<FailureCode, 'KASPI_REFUSED'>, LocalisedText>> = {
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
  NOT_CONFIRMED: {
    ru: 'Kaspi не подтвердил оплату. Деньги возвращены.',
    kk: 'Kaspi төлемді растамады. Ақша қайтарылды.',
  },
};

/** What the customer reads. */
export function failureText({ code, kaspiResultCode }: PaymentFailure): LocalisedText {
  if (code !== 'KASPI_REFUSED') return TEXTS[code];
  const { customer } = meaningOf(kaspiResultCode ?? '');
  return { ru: `${customer.ru} Деньги возвращены.`, kk: `${customer.kk} Ақша қайтарылды.` };
}
