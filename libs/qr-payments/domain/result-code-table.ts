import { isListed, type KaspiResultCode, type LocalisedText } from '@mpp/kernel';

export type KaspiMethodName = 'scan' | 'checkout' | 'notifyPayment';

/**
 * What the code means for the money of a debited payment as the answer to a SUCCESS notify (R11, R12). `back`: the purchase did
 * not happen. `back unless sent before`: the request was refused before it was processed, and an earlier attempt may have
 * succeeded. `doubt`: the outcome is unknown.
 */
export type AfterDebit = 'settle' | 'back' | 'back unless sent before' | 'doubt';

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
    afterDebit: 'back',
    customer: { ru: 'Платёж не прошёл. Отсканируйте QR-код заново.', kk: 'Төлем өтпеді. QR-кодты қайта сканерлеңіз.' },
    operations: 'Kaspi failed and says not to repeat. The customer may scan again.',
  },
  CANCELLED_BY_CLIENT: {
    methods: NOTIFY,
    afterDebit: 'back',
    customer: { ru: 'Покупка отменена.', kk: 'Сатып алудан бас тартылды.' },
    operations: 'Kaspi knows the purchase as cancelled by the customer.',
  },
  CUSTOM_QR_ERROR: {
    methods: ['scan'],
    afterDebit: 'doubt',
    customer: { ru: 'Услуга по этому QR-коду недоступна.', kk: 'Бұл QR-код бойынша қызмет қолжетімсіз.' },
    operations: 'The service behind the Custom QR is not available: a matter of its shop.',
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
    operations: 'No QR of Kaspi. Where there are many, QR_PATTERNS can refuse them without asking.',
  },
  INVALID_MERCHANT: {
    methods: ['scan', 'notifyPayment'],
    afterDebit: 'back',
    customer: { ru: 'Продавец сейчас не принимает оплату.', kk: 'Сатушы қазір төлем қабылдамайды.' },
    operations: 'Something is wrong with the shop at Kaspi.',
  },
  PARAM_ILLEGAL: {
    methods: EVERYWHERE,
    afterDebit: 'back unless sent before',
    customer: { ru: 'Kaspi не принял данные платежа.', kk: 'Kaspi төлем деректерін қабылдамады.' },
    operations: 'Kaspi did not accept a field of the request: look at it, and at KASPI_AMOUNT_FORMAT.',
  },
  UNKNOWN_EXCEPTION: {
    methods: EVERYWHERE,
    afterDebit: 'doubt',
    customer: { ru: 'Ошибка на стороне Kaspi. Попробуйте ещё раз.', kk: 'Kaspi жағындағы қате. Қайталап көріңіз.' },
    operations: 'A fault at Kaspi that says neither yes nor no. A notify goes on being repeated.',
  },
  PAYMENTS_SUSPENDED: {
    methods: EVERYWHERE,
    afterDebit: 'back unless sent before',
    customer: {
      ru: 'Платежи продавцу временно приостановлены.',
      kk: 'Сатушыға төлемдер уақытша тоқтатылған.',
    },
    operations: 'Kaspi has suspended the shop for now.',
  },
  RISK_REJECT: {
    methods: NOTIFY,
    afterDebit: 'back',
    customer: { ru: 'Операция отклонена системой безопасности.', kk: 'Операцияны қауіпсіздік жүйесі қабылдамады.' },
    operations: 'Kaspi’s risk control refused the purchase.',
  },
  ORDER_NOT_EXIST: {
    methods: NOTIFY,
    afterDebit: 'back',
    customer: {
      ru: 'Покупка не найдена. Отсканируйте QR-код заново.',
      kk: 'Сатып алу табылмады. QR-кодты қайта сканерлеңіз.',
    },
    operations: 'Kaspi does not know the paymentId: was KASPI_BASE_URL changed between scan and notify?',
  },
  PAYMENT_INCORRECT_STATUS: {
    methods: NOTIFY,
    afterDebit: 'back unless sent before',
    customer: { ru: 'Эту покупку уже нельзя оплатить.', kk: 'Бұл сатып алуды енді төлеу мүмкін емес.' },
    operations: 'The purchase is closed at Kaspi: too late, cancelled, or decided by another result.',
  },
  UNKNOWN_SOURCE: {
    methods: EVERYWHERE,
    afterDebit: 'back unless sent before',
    customer: {
      ru: 'Kaspi временно не принимает наши запросы.',
      kk: 'Kaspi біздің сұранымдарды уақытша қабылдамайды.',
    },
    operations: 'Kaspi does not know us: check KASPI_CALLER_NAME. No payment will work before that.',
  },
  UNKNOWN_CUSTOMER: {
    methods: NOTIFY,
    afterDebit: 'back',
    customer: { ru: 'Покупку начал другой покупатель.', kk: 'Сатып алуды басқа сатып алушы бастаған.' },
    operations: 'The customer who confirmed is not the one who scanned.',
  },
};

const UNLISTED: ResultCodeMeaning = {
  methods: [],
  afterDebit: 'doubt',
  customer: { ru: 'Kaspi отклонил операцию.', kk: 'Kaspi операцияны қабылдамады.' },
  operations: 'The regulation does not list this code: ask Kaspi. A notify goes on being repeated.',
};

export function meaningOfResultCode(resultCode: string): ResultCodeMeaning {
  return isListed(resultCode) ? RESULT_CODE_TABLE[resultCode] : UNLISTED;
}
