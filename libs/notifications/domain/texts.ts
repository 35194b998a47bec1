import type { Locale, Money } from '@mpp/kernel';
import type { EventType } from './event-types.js';

/** What a phone shows. */
export interface PushText {
  readonly title: string;
  readonly body: string;
}

interface Wording {
  readonly title: string;
  /** The amount and the merchant follow it, where they are known. */
  readonly says: string;
  /** A last sentence. */
  readonly ends?: string;
}

const WORDINGS: Readonly<Record<EventType, Readonly<Record<Locale, Wording>>>> = {
  'payment.confirmed': {
    ru: { title: 'Оплата прошла', says: 'Платёж по Kaspi QR выполнен' },
    kk: { title: 'Төлем өтті', says: 'Kaspi QR арқылы төлем орындалды' },
  },
  'payment.reversed': {
    ru: { title: 'Деньги возвращены', says: 'Платёж по Kaspi QR не прошёл, деньги снова на вашем счёте' },
    kk: { title: 'Ақша қайтарылды', says: 'Kaspi QR арқылы төлем өтпеді, ақша шотыңызға қайтарылды' },
  },
  'payment.declined': {
    ru: { title: 'Платёж не прошёл', says: 'Платёж по Kaspi QR отклонён, деньги не списаны' },
    kk: { title: 'Төлем өтпеді', says: 'Kaspi QR арқылы төлем қабылданбады, ақша шотыңыздан алынған жоқ' },
  },
  'payment.expired': {
    ru: { title: 'Время оплаты истекло', says: 'Платёж по Kaspi QR не подтверждён вовремя, деньги не списаны' },
    kk: { title: 'Төлем уақыты аяқталды', says: 'Kaspi QR арқылы төлем уақытында расталмады, ақша алынған жоқ' },
  },
  'payment.delayed': {
    ru: {
      title: 'Платёж обрабатывается',
      says: 'Деньги списаны, ждём ответа Kaspi',
      ends: 'Платить ещё раз не нужно: мы сообщим о результате.',
    },
    kk: {
      title: 'Төлем өңделуде',
      says: 'Ақша шотыңыздан алынды, Kaspi жауабын күтіп отырмыз',
      ends: 'Қайта төлеудің қажеті жоқ: нәтижесін хабарлаймыз.',
    },
  },
  'refund.accepted': {
    ru: { title: 'Возврат принят', says: 'Магазин оформил возврат, деньги скоро поступят на ваш счёт' },
    kk: { title: 'Қайтару қабылданды', says: 'Дүкен ақшаны қайтаруды рәсімдеді, ол жақында шотыңызға түседі' },
  },
  'refund.credited': {
    ru: { title: 'Возврат зачислен', says: 'Деньги за покупку возвращены на ваш счёт' },
    kk: { title: 'Қайтарылған ақша түсті', says: 'Сатып алу үшін төленген ақша шотыңызға қайтарылды' },
  },
};

/** The PS does not bound a merchant's name; a phone's screen does. */
const MAX_MERCHANT = 60;
const NO_BREAK = '\u00a0';

/** Ready texts for the customer in both languages. They name no person. */
export function textsOf(
  type: EventType,
  amount: Money | null,
  merchant: string | null,
): Readonly<Record<Locale, PushText>> {
  const details = [amount === null ? null : formatTenge(amount), named(merchant)].filter((known) => known !== null);
  const { ru, kk } = WORDINGS[type];
  return { ru: pushText(ru, details), kk: pushText(kk, details) };
}

/** `1 500,00 ₸`, with blanks at which no line breaks. */
export function formatTenge(amount: Money): string {
  const [whole = '', tiyn = ''] = amount.toString().split('.');
  return `${whole.replace(/\B(?=(\d{3})+$)/g, NO_BREAK)},${tiyn}${NO_BREAK}₸`;
}

function pushText({ title, says, ends }: Wording, details: readonly string[]): PushText {
  const sentence = details.length === 0 ? `${says}.` : `${says}: ${details.join(', ')}.`;
  return { title, body: ends === undefined ? sentence : `${sentence} ${ends}` };
}

function named(merchant: string | null): string | null {
  const letters = [...(merchant ?? '').replace(/[\p{Cc}\s]+/gu, ' ').trim()];
  if (letters.length === 0) return null;
  const name = letters.length > MAX_MERCHANT ? `${letters.slice(0, MAX_MERCHANT - 1).join('')}…` : letters.join('');
  return `«${name}»`;
}
