import { isListed, type KaspiResultCode, type LocalisedText } from '@mpp/kernel';
import type { PaymentFailure } from './payment.js';

/** What the customer reads for each code with which the PS refuses (R13). */
const REFUSALS: Readonly<Record<Exclude<KaspiResultCode, 'SUCCESS'>, LocalisedText>> = {
  PROCESS_FAIL: {
    ru: 'Платёж не прошёл. Отсканируйте QR-код заново.',
    kk: 'Төлем өтпеді. QR-кодты қайта сканерлеңіз.',
  },
  CANCELLED_BY_CLIENT: { ru: 'Покупка отменена.', kk: 'Сатып алудан бас тартылды.' },
  CUSTOM_QR_ERROR: { ru: 'Услуга по этому QR-коду недоступна.', kk: 'Бұл QR-код бойынша қызмет қолжетімсіз.' },
  EXPIRED_CODE: {
    ru: 'Срок действия QR-кода истёк. Попросите новый.',
    kk: 'QR-кодтың мерзімі өтті. Жаңасын сұраңыз.',
  },
  INVALID_TOKEN: { ru: 'Это не QR-код Kaspi для оплаты.', kk: 'Бұл төлеуге арналған Kaspi QR-коды емес.' },
  INVALID_MERCHANT: { ru: 'Продавец сейчас не принимает оплату.', kk: 'Сатушы қазір төлем қабылдамайды.' },
  PARAM_ILLEGAL: { ru: 'Kaspi не принял данные платежа.', kk: 'Kaspi төлем деректерін қабылдамады.' },
  UNKNOWN_EXCEPTION: {
    ru: 'Ошибка на стороне Kaspi. Попробуйте ещё раз.',
    kk: 'Kaspi жағындағы қате. Қайталап көріңіз.',
  },
  PAYMENTS_SUSPENDED: {
    ru: 'Платежи продавцу временно приостановлены.',
    kk: 'Сатушыға төлемдер уақытша тоқтатылған.',
  },
  RISK_REJECT: { ru: 'Операция отклонена системой безопасности.', kk: 'Операцияны қауіпсіздік жүйесі қабылдамады.' },
  ORDER_NOT_EXIST: {
    ru: 'Покупка не найдена. Отсканируйте QR-код заново.',
    kk: 'Сатып алу табылмады. QR-кодты қайта сканерлеңіз.',
  },
  PAYMENT_INCORRECT_STATUS: {
    ru: 'Эту покупку уже нельзя оплатить.',
    kk: 'Бұл сатып алуды енді төлеу мүмкін емес.',
  },
  UNKNOWN_SOURCE: {
    ru: 'Kaspi временно не принимает наши запросы.',
    kk: 'Kaspi біздің сұранымдарды уақытша қабылдамайды.',
  },
  UNKNOWN_CUSTOMER: { ru: 'Покупку начал другой покупатель.', kk: 'Сатып алуды басқа сатып алушы бастаған.' },
};

const OTHER: LocalisedText = { ru: 'Kaspi отклонил операцию.', kk: 'Kaspi операцияны қабылдамады.' };

export function refusalText(resultCode: string | null): LocalisedText {
  return resultCode !== null && isListed(resultCode) && resultCode !== 'SUCCESS' ? REFUSALS[resultCode] : OTHER;
}

export function failureText({ code, kaspiResultCode }: PaymentFailure): LocalisedText {
  switch (code) {
    case 'INSUFFICIENT_FUNDS':
      return { ru: 'На счёте недостаточно денег.', kk: 'Шотта ақша жеткіліксіз.' };
    case 'CONFIRMED_TOO_LATE':
      return {
        ru: 'Время на оплату истекло. Деньги не списаны.',
        kk: 'Төлем уақыты өтті. Ақша есептен шығарылған жоқ.',
      };
    case 'KASPI_REFUSED': {
      const text = refusalText(kaspiResultCode);
      return { ru: `${text.ru} Деньги возвращены.`, kk: `${text.kk} Ақша қайтарылды.` };
    }
  }
}
