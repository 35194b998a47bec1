import type { CheckoutAnswerBody, MerchantBody, NotifyAnswerBody, ResultBody, ScanAnswerBody } from '@mpp/kaspi/wire';
import { isListed, type KaspiResultCode, type Locale, type LocalisedText } from '@mpp/kernel';
import { almatyIso } from '../domain/almaty-time.js';
import type { Decision, Merchant, Purchase } from '../domain/purchase.js';
import type { Scanned } from './payment-system.js';

/** The descriptions of the regulation (4.1 to 4.3). */
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

/** A code that the regulation does not list is its own description: it comes from a fault. */
export function resultOf(code: string, locale: Locale): ResultBody {
  return { resultCode: code, resultMessage: isListed(code) ? MESSAGES[code][locale] : code };
}

const SUCCESS = resultOf('SUCCESS', 'ru');

/** The answers of the examples of regulation 4.1, by the type of the QR. */
export function scanAnswer(scanned: Scanned): ScanAnswerBody {
  switch (scanned.qrCodeType) {
    case 'Dynamic':
    case 'Static':
      return payableAnswer(scanned.purchase);
    case 'Custom':
      // The deadline and the merchant come with checkout (R8).
      return {
        qrCodeType: 'Custom',
        payment: { paymentId: scanned.purchase.paymentId },
        paymentData: scanned.service,
        result: SUCCESS,
      };
    case 'Refund':
      return { result: SUCCESS, qrCodeType: 'Refund', refund: { refundId: scanned.refundId } };
  }
}

/** A Static purchase that can be scanned is open, and has no amount yet. */
function payableAnswer({ type, paymentId, amount, canConfirmUntil, merchant }: Purchase): ScanAnswerBody {
  return {
    result: SUCCESS,
    qrCodeType: type,
    payment: {
      paymentId,
      ...(amount !== null && { paymentAmount: amount.toString() }),
      ...(canConfirmUntil !== null && { canConfirmUntil: almatyIso(canConfirmUntil) }),
    },
    merchant: merchantBody(merchant),
  };
}

/** The answer of the example of regulation 4.2, whose amount is a number; one with tiyn is written as 1.6 says. */
export function checkoutAnswer({ amount, canConfirmUntil, merchant }: Purchase): CheckoutAnswerBody {
  return {
    ...(amount !== null && {
      paymentAmount: amount.isWholeTenge() ? Number(amount.toWholeTenge()) : amount.toString(),
    }),
    ...(canConfirmUntil !== null && { canConfirmUntil: almatyIso(canConfirmUntil) }),
    merchant: merchantBody(merchant),
    result: SUCCESS,
  };
}

/**
 * The answer of the example of regulation 4.3. It is made of the recorded decision alone, so every repeat gets the same
 * bytes. A cancellation or a failure was processed successfully too, but has no receipt.
 */
export function notifyAnswer({ receipt }: Decision): NotifyAnswerBody {
  if (receipt === null) return { result: SUCCESS };
  return { result: SUCCESS, linkReceipt: receipt.linkReceipt, pdfReceipt: receipt.pdfReceipt };
}

function merchantBody({ id, name, mcc }: Merchant): MerchantBody {
  return { merchantId: id, merchantName: name, merchantMCC: mcc };
}
