import type { Locale, Money } from '@mpp/kernel';
import type { EventType } from './event-types.js';

/** The text of a push message. */
export interface PushText {
  readonly title: string;
  readonly body: string;
}

interface Wording {
  readonly title: string;
  /** Followed by the amount and the merchant if they are known. */
  readonly message: string;
  /** A last sentence. */
  readonly advice?: string;
}

const WORDINGS: Readonly<Record<EventType, Readonly<Record<Locale, Wording>>>> = {
  'payment.confirmed': {
    ru: { title: 'Оплата прошла', message: 'Платёж по Kaspi QR выполнен' },
    kk: { title: 'Төлем өтті', message: 'Kaspi QR арқылы төлем орындалды' },
  },
  'payment.reversed': {
    ru: { title: 'Деньги возвращены', message: 'Платёж по Kaspi QR не прошёл, деньги снова на вашем счёте' },
    kk: { title: 'Ақша қайтарылды', message: 'Kaspi QR арқылы төлем өтпеді, ақша шотыңызға қайтарылды' },
  },
  'payment.declined': {
    ru: { title: 'Платёж не прошёл', message: 'Платёж по Kaspi QR отклонён, деньги не списаны' },
    kk: { title: 'Төлем өтпеді', message: 'Kaspi QR арқылы төлем қабылданбады, ақша шотыңыздан алынған жоқ' },
  },
  'payment.expired': {
    ru: { title: 'Время оплаты истекло', message: 'Платёж по Kaspi QR не подтверждён вовремя, деньги не списаны' },
    kk: { title: 'Төлем уақыты аяқталды', message: 'Kaspi QR арқылы төлем уақытында расталмады, ақша алынған жоқ' },
  },
  'payment.delayed': {
    ru: {
      title: 'Платёж обрабатывается',
      message: 'Деньги списаны, ждём ответа Kaspi',
      advice: 'Платить ещё раз не нужно: мы сообщим о результате.',
    },
    kk: {
      title: 'Төлем өңделуде',
      message: 'Ақша шотыңыздан алынды, Kaspi жауабын күтіп отырмыз',
      advice: 'Қайта төлеудің қажеті жоқ: нәтижесін хабарлаймыз.',
    },
  },
  'refund.accepted': {
    ru: { title: 'Возврат принят', message: 'Магазин оформил возврат, деньги скоро поступят на ваш счёт' },
    kk: { title: 'Қайтару қабылданды', message: 'Дүкен ақшаны қайтаруды рәсімдеді, ол жақында шотыңызға түседі' },
  },
  'refund.credited': {
    ru: { title: 'Возврат зачислен', message: 'Деньги за покупку возвращены на ваш счёт' },
    kk: { title: 'Қайтарылған ақша түсті', message: 'Сатып алу үшін төленген ақша шотыңызға қайтарылды' },
  },
};

/** Longer names of merchants are cut for the phone's screen. */
const MAX_MERCHANT = 60;
const NO_BREAK = '\u00a0';

/** The texts for the customer in both languages. They name no person. */
export function textsOf(
  type: EventType,
  amount: Money | null,
  merchant: string | null,
): Readonly<Record<Locale, PushText>> {
  const details = [amount === null ? null : formatTenge(amount), named(merchant)].filter((known) => known !== null);
  const { ru, kk } = WORDINGS[type];
  return { ru: pushText(ru, details), kk: pushText(kk, details) };
}

/** `1 500,00 ₸` with no-break spaces. */
export function formatTenge(amount: Money): string {
  const [whole = '', tiyn = ''] = amount.toString().split('.');
  return `${whole.replace(/\B(?=(\d{3})+$)/g, NO_BREAK)},${tiyn}${NO_BREAK}₸`;
}

function pushText({ title, message, advice }: Wording, details: readonly string[]): PushText {
  const sentence = details.length === 0 ? `${message}.` : `${message}: ${details.join(', ')}.`;
  return { title, body: advice === undefined ? sentence : `${sentence} ${advice}` };
}

function named(merchant: string | null): string | null {
  const letters = [...(merchant ?? '').replace(/[\p{Cc}\s]+/gu, ' ').trim()];
  if (letters.length === 0) return null;
  const name = letters.length > MAX_MERCHANT ? `${letters.slice(0, MAX_MERCHANT - 1).join('')}…` : letters.join('');
  return `«${name}»`;
}
