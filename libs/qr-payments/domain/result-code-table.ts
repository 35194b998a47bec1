import { isListed, type KaspiResultCode, type LocalisedText } from '@mpp/kernel';

export type KaspiMethodName = 'scan' | 'checkout' | 'notifyPayment';

/**
 * What the code means for the money of a debited payment as the answer to a SUCCESS notify (R11, R12). `reverse`: the purchase did
 * not happen. `reverse unless sent before`: the request was refused before it was processed, and an earlier attempt may have
 * succeeded. `doubt`: the outcome is unknown.
 */
export type AfterDebit = 'settle' | 'reverse' | 'reverse unless sent before' | 'doubt';

export interface ResultCodeMeaning {
  /** The methods for which the regulation lists it (4.1 to 4.3). */
  readonly methods: readonly KaspiMethodName[];
  readonly afterDebit: AfterDebit;
  /** The text for the customer if the PS answers a scan, a checkout or the notify of a debit with it. */
  readonly customer: LocalisedText;
  /** The text for operations. */
  readonly operations: string;
}

const EVERYWHERE = ['scan', 'checkout', 'notifyPayment'] as const;
const NOTIFY = ['notifyPayment'] as const;

/**
 * Every result code of the PS: its methods, its consequence for the money, and the texts for the customer and operations.
 * Source: regulation 4.1 to 4.3, R11 to R13.
 */
export const RESULT_CODE_TABLE: Readonly<Record<KaspiResultCode, ResultCodeMeaning>> = {
  SUCCESS: {
    methods: EVERYWHERE,
    afterDebit: 'settle',
    customer: { ru: 'Готово.', kk: 'Дайын.' },
    operations: 'Done.',
  },
  PROCESS_FAIL: {
    methods: EVERYWHERE,
    afterDebit: 'reverse',
    customer: { ru: 'Платёж не прошёл. Отсканируйте QR-код заново.', kk: 'Төлем өтпеді. QR-кодты қайта сканерлеңіз.' },
    operations: 'Kaspi failed and forbids a repeat. The customer may scan again.',
  },
  CANCELLED_BY_CLIENT: {
    methods: NOTIFY,
    afterDebit: 'reverse',
    customer: { ru: 'Покупка отменена.', kk: 'Сатып алудан бас тартылды.' },
    operations: 'The purchase is cancelled at Kaspi.',
  },
  CUSTOM_QR_ERROR: {
    methods: ['scan'],
    afterDebit: 'doubt',
    customer: { ru: 'Услуга по этому QR-коду недоступна.', kk: 'Бұл QR-код бойынша қызмет қолжетімсіз.' },
    operations: 'The service behind the Custom QR is not available. Its shop must correct this.',
  },
  EXPIRED_CODE: {
    methods: ['scan', 'checkout'],
    afterDebit: 'doubt',
    customer: { ru: 'Срок действия QR-кода истёк. Попросите новый.', kk: 'QR-кодтың мерзімі өтті. Жаңасын сұраңыз.' },
    operations: 'The QR is too old. The shop makes a new one.',
  },
  INVALID_TOKEN: {
    methods: ['scan'],
    afterDebit: 'doubt',
    customer: { ru: 'Это не QR-код Kaspi для оплаты.', kk: 'Бұл төлеуге арналған Kaspi QR-коды емес.' },
    operations: 'Not a QR of Kaspi. QR_PATTERNS can refuse such codes without a call.',
  },
  INVALID_MERCHANT: {
    methods: ['scan', 'notifyPayment'],
    afterDebit: 'reverse',
    customer: { ru: 'Продавец сейчас не принимает оплату.', kk: 'Сатушы қазір төлем қабылдамайды.' },
    operations: 'Something is wrong with the shop at Kaspi.',
  },
  PARAM_ILLEGAL: {
    methods: EVERYWHERE,
    afterDebit: 'reverse unless sent before',
    customer: { ru: 'Kaspi не принял данные платежа.', kk: 'Kaspi төлем деректерін қабылдамады.' },
    operations: 'Kaspi did not accept a field of the request: check it and KASPI_AMOUNT_FORMAT.',
  },
  UNKNOWN_EXCEPTION: {
    methods: EVERYWHERE,
    afterDebit: 'doubt',
    customer: { ru: 'Ошибка на стороне Kaspi. Попробуйте ещё раз.', kk: 'Kaspi жағындағы қате. Қайталап көріңіз.' },
    operations: 'A fault at Kaspi; the outcome is unknown. A notify is repeated.',
  },
  PAYMENTS_SUSPENDED: {
    methods: EVERYWHERE,
    afterDebit: 'reverse unless sent before',
    customer: {
      ru: 'Платежи продавцу временно приостановлены.',
      kk: 'Сатушыға төлемдер уақытша тоқтатылған.',
    },
    operations: 'Kaspi has suspended the shop for now.',
  },
  RISK_REJECT: {
    methods: NOTIFY,
    afterDebit: 'reverse',
    customer: { ru: 'Операция отклонена системой безопасности.', kk: 'Операцияны қауіпсіздік жүйесі қабылдамады.' },
    operations: 'Kaspi’s risk control refused the purchase.',
  },
  ORDER_NOT_EXIST: {
    methods: NOTIFY,
    afterDebit: 'reverse',
    customer: {
      ru: 'Покупка не найдена. Отсканируйте QR-код заново.',
      kk: 'Сатып алу табылмады. QR-кодты қайта сканерлеңіз.',
    },
    operations: 'Kaspi has no purchase with this paymentId. Was KASPI_BASE_URL changed between scan and notify?',
  },
  PAYMENT_INCORRECT_STATUS: {
    methods: NOTIFY,
    afterDebit: 'reverse unless sent before',
    customer: { ru: 'Эту покупку уже нельзя оплатить.', kk: 'Бұл сатып алуды енді төлеу мүмкін емес.' },
    operations: 'The purchase is closed at Kaspi: too late, cancelled, or decided by another result.',
  },
  UNKNOWN_SOURCE: {
    methods: EVERYWHERE,
    afterDebit: 'reverse unless sent before',
    customer: {
      ru: 'Kaspi временно не принимает наши запросы.',
      kk: 'Kaspi біздің сұранымдарды уақытша қабылдамайды.',
    },
    operations: 'Kaspi does not recognise the caller: check KASPI_CALLER_NAME. No payment works until then.',
  },
  UNKNOWN_CUSTOMER: {
    methods: NOTIFY,
    afterDebit: 'reverse',
    customer: { ru: 'Покупку начал другой покупатель.', kk: 'Сатып алуды басқа сатып алушы бастаған.' },
    operations: 'The customer who confirmed is not the one who scanned.',
  },
};

const UNLISTED: ResultCodeMeaning = {
  methods: [],
  afterDebit: 'doubt',
  customer: { ru: 'Kaspi отклонил операцию.', kk: 'Kaspi операцияны қабылдамады.' },
  operations: 'The regulation does not list this code: inquire at Kaspi. A notify is repeated.',
};

export function meaningOfResultCode(resultCode: string): ResultCodeMeaning {
  return isListed(resultCode) ? RESULT_CODE_TABLE[resultCode] : UNLISTED;
}
