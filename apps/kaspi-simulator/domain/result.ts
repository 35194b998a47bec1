import type { ResultBody } from '@mpp/kaspi/wire';
import { isListed, type KaspiResultCode, type Locale, type LocalisedText } from '@mpp/kernel';

/** The descriptions of regulation 4.1 to 4.3. */
const MESSAGES: Readonly<Record<KaspiResultCode, LocalisedText>> = {
  SUCCESS: { ru: 'success', kk: 'success' },
  PROCESS_FAIL: {
    ru: 'Произошел общий сбой бизнес-обработки. Не повторять попытку',
    kk: 'Бизнес-өңдеудің жалпы қатесі орын алды. Әрекетті қайталамаңыз',
  },
  CANCELLED_BY_CLIENT: { ru: 'Отмена покупки клиентом MPP', kk: 'MPP клиенті сатып алудан бас тартты' },
  CUSTOM_QR_ERROR: { ru: 'Общая ошибка по QR типа custom', kk: 'Custom түріндегі QR бойынша жалпы қате' },
  EXPIRED_CODE: { ru: 'Срок действия QR-кода истёк', kk: 'QR-кодтың қолданылу мерзімі өтті' },
  INVALID_TOKEN: { ru: 'QR-токен не валидный', kk: 'QR-токен жарамсыз' },
  INVALID_MERCHANT: { ru: 'Общая ошибка по продавцу', kk: 'Сатушы бойынша жалпы қате' },
  PARAM_ILLEGAL: { ru: 'Некорректный параметр запроса', kk: 'Сұрау параметрі қате' },
  UNKNOWN_EXCEPTION: { ru: 'Непредвиденная ошибка', kk: 'Күтпеген қате' },
  PAYMENTS_SUSPENDED: {
    ru: 'Платежи Продавца временно приостановлены ПС',
    kk: 'Сатушының төлемдерін ТЖ уақытша тоқтатты',
  },
  RISK_REJECT: {
    ru: 'Запрос отклонен по причине контроля рисков',
    kk: 'Сұрау тәуекелдерді бақылау себебінен қабылданбады',
  },
  ORDER_NOT_EXIST: { ru: 'Транзакция не найдена', kk: 'Транзакция табылмады' },
  PAYMENT_INCORRECT_STATUS: {
    ru: 'Несоответствующий статус оплаты для выполнения данной операции',
    kk: 'Төлем мәртебесі бұл операцияны орындауға сәйкес келмейді',
  },
  UNKNOWN_SOURCE: { ru: 'Указан неверный X-Caller-Name', kk: 'X-Caller-Name қате көрсетілген' },
  UNKNOWN_CUSTOMER: {
    ru: 'Неверный customerId (отличается от переданного в scan)',
    kk: 'customerId қате (scan кезінде берілгеннен өзгеше)',
  },
};

/** The result with its description; a code that the regulation does not list, from a planned fault, is its own description. */
export function resultOf(code: string, locale: Locale): ResultBody {
  return { resultCode: code, resultMessage: isListed(code) ? MESSAGES[code][locale] : code };
}
