import type { DomainError, ErrorCode, Locale, LocalisedText } from '@mpp/kernel';

interface ProblemText {
  readonly status: number;
  readonly title: LocalisedText;
  readonly detail: LocalisedText;
}

/** An RFC 9457 problem, as it is sent. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  kaspiResultCode?: string;
  errors?: { field: string; message: string }[];
}

/** What every code means to a caller: 400 is syntax, 422 is meaning, 409 is state. */
export const PROBLEMS: Readonly<Record<ErrorCode, ProblemText>> = {
  VALIDATION_FAILED: {
    status: 400,
    title: { ru: 'Неверный запрос', kk: 'Сұраным қате' },
    detail: { ru: 'Проверьте поля запроса.', kk: 'Сұраным өрістерін тексеріңіз.' },
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: { ru: 'Неподдерживаемый формат', kk: 'Қолдау көрсетілмейтін пішім' },
    detail: { ru: 'Отправьте Content-Type: application/json.', kk: 'Content-Type: application/json жіберіңіз.' },
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    title: { ru: 'Запрос слишком велик', kk: 'Сұраным тым үлкен' },
    detail: { ru: 'Уменьшите тело запроса.', kk: 'Сұраным денесін кішірейтіңіз.' },
  },
  UNAUTHENTICATED: {
    status: 401,
    title: { ru: 'Требуется вход', kk: 'Кіру қажет' },
    detail: { ru: 'Токен отсутствует или недействителен.', kk: 'Токен жоқ немесе жарамсыз.' },
  },
  FORBIDDEN: {
    status: 403,
    title: { ru: 'Нет доступа', kk: 'Рұқсат жоқ' },
    detail: { ru: 'Этот токен не даёт права на операцию.', kk: 'Бұл токен операцияға құқық бермейді.' },
  },
  NOT_FOUND: {
    status: 404,
    title: { ru: 'Не найдено', kk: 'Табылмады' },
    detail: { ru: 'Такого адреса или объекта нет.', kk: 'Мұндай мекенжай немесе нысан жоқ.' },
  },
  STATE_CONFLICT: {
    status: 409,
    title: { ru: 'Операция невозможна', kk: 'Операция мүмкін емес' },
    detail: { ru: 'Состояние платежа не позволяет это сделать.', kk: 'Төлемнің күйі бұған мүмкіндік бермейді.' },
  },
  CHECKOUT_REQUIRED: {
    status: 409,
    title: { ru: 'Сначала заполните данные услуги', kk: 'Алдымен қызмет деректерін толтырыңыз' },
    detail: { ru: 'Сумма ещё не рассчитана.', kk: 'Сома әлі есептелмеген.' },
  },
  FORM_INVALID: {
    status: 422,
    title: { ru: 'Проверьте данные услуги', kk: 'Қызмет деректерін тексеріңіз' },
    detail: { ru: 'Не все поля услуги заполнены верно.', kk: 'Қызметтің кейбір өрістері дұрыс толтырылмаған.' },
  },
  FORM_FROZEN: {
    status: 409,
    title: { ru: 'Данные услуги уже отправлены', kk: 'Қызмет деректері жіберіліп қойған' },
    detail: {
      ru: 'Чтобы указать другие данные, отмените этот платёж и отсканируйте QR-код заново.',
      kk: 'Басқа деректерді көрсету үшін осы төлемнен бас тартып, QR-кодты қайта сканерлеңіз.',
    },
  },
  ALREADY_PAID: {
    status: 409,
    title: { ru: 'Покупка уже оплачена', kk: 'Сатып алу төленіп қойған' },
    detail: { ru: 'Эту покупку уже оплатил другой покупатель.', kk: 'Бұл сатып алуды басқа сатып алушы төлеген.' },
  },
  PURCHASE_CLOSED: {
    status: 409,
    title: { ru: 'Покупка закрыта', kk: 'Сатып алу жабылған' },
    detail: {
      ru: 'Оплата по этому QR-коду отменена или не прошла. Попросите у продавца новый QR-код.',
      kk: 'Осы QR-код бойынша төлемнен бас тартылған немесе ол өтпеген. Сатушыдан жаңа QR-код сұраңыз.',
    },
  },
  AMOUNT_INVALID: {
    status: 422,
    title: { ru: 'Неверная сумма', kk: 'Сома қате' },
    detail: {
      ru: 'Сумма указана неверно или здесь не указывается.',
      kk: 'Сома қате көрсетілген немесе мұнда көрсетілмейді.',
    },
  },
  AMOUNT_NOT_WHOLE: {
    status: 422,
    title: { ru: 'Нужна сумма в целых тенге', kk: 'Сома бүтін теңгемен болуы керек' },
    detail: { ru: 'Укажите сумму без тиынов.', kk: 'Соманы тиынсыз көрсетіңіз.' },
  },
  AMOUNT_CHANGED: {
    status: 409,
    title: { ru: 'Сумма изменилась', kk: 'Сома өзгерді' },
    detail: {
      ru: 'Сумма платежа отличается от показанной вам. Проверьте новую сумму и подтвердите её.',
      kk: 'Төлем сомасы сізге көрсетілген сомадан өзгеше. Жаңа соманы тексеріп, растаңыз.',
    },
  },
  ACCOUNT_UNUSABLE: {
    status: 422,
    title: { ru: 'Счёт недоступен', kk: 'Шот қолжетімсіз' },
    detail: { ru: 'Выберите другой способ оплаты.', kk: 'Басқа төлем тәсілін таңдаңыз.' },
  },
  ACCOUNT_NOT_EMPTY: {
    status: 409,
    title: { ru: 'На счёте есть деньги', kk: 'Шотта ақша бар' },
    detail: {
      ru: 'Закрыть можно только счёт с нулевым остатком.',
      kk: 'Қалдығы нөл шотты ғана жабуға болады.',
    },
  },
  REFERENCE_REUSED: {
    status: 409,
    title: { ru: 'Номер документа уже использован', kk: 'Құжат нөмірі бұрын қолданылған' },
    detail: { ru: 'С этим номером проведена другая сумма.', kk: 'Бұл нөмірмен басқа сома өткізілген.' },
  },
  LIMIT_EXCEEDED: {
    status: 422,
    title: { ru: 'Превышен лимит', kk: 'Лимит асып кетті' },
    detail: { ru: 'Сумма превышает допустимый предел.', kk: 'Сома рұқсат етілген шектен асады.' },
  },
  QR_UNKNOWN: {
    status: 422,
    title: { ru: 'Этот QR-код не поддерживается', kk: 'Бұл QR-кодқа қолдау көрсетілмейді' },
    detail: { ru: 'Отсканируйте QR-код Kaspi для оплаты.', kk: 'Төлеуге арналған Kaspi QR-кодын сканерлеңіз.' },
  },
  KASPI_REFUSED: {
    status: 422,
    title: { ru: 'Kaspi отклонил запрос', kk: 'Kaspi сұранымды қабылдамады' },
    detail: { ru: 'Операция отклонена.', kk: 'Операция қабылданбады.' },
  },
  KASPI_NO_ANSWER: {
    status: 503,
    title: { ru: 'Kaspi не отвечает', kk: 'Kaspi жауап бермейді' },
    detail: { ru: 'Попробуйте ещё раз через минуту.', kk: 'Бір минуттан кейін қайталап көріңіз.' },
  },
  KASPI_UNAVAILABLE: {
    status: 503,
    title: { ru: 'Kaspi временно недоступен', kk: 'Kaspi уақытша қолжетімсіз' },
    detail: { ru: 'Деньги не списаны. Попробуйте позже.', kk: 'Ақша есептен шығарылған жоқ. Кейінірек көріңіз.' },
  },
  CORE_UNAVAILABLE: {
    status: 503,
    title: { ru: 'Банк временно недоступен', kk: 'Банк уақытша қолжетімсіз' },
    detail: {
      ru: 'Счета сейчас не отвечают. Деньги не списаны, попробуйте позже.',
      kk: 'Шоттар қазір жауап бермейді. Ақша есептен шығарылған жоқ, кейінірек көріңіз.',
    },
  },
  RECOVERY: {
    status: 503,
    title: { ru: 'Данные восстанавливаются', kk: 'Деректер қалпына келтірілуде' },
    detail: {
      ru: 'Состояние этого платежа выясняется. Деньги не потеряны. Повторите позже.',
      kk: 'Осы төлемнің күйі анықталуда. Ақша жоғалған жоқ. Кейінірек қайталаңыз.',
    },
  },
  RATE_LIMITED: {
    status: 429,
    title: { ru: 'Слишком много запросов', kk: 'Сұраным тым көп' },
    detail: { ru: 'Повторите немного позже.', kk: 'Сәл кейінірек қайталаңыз.' },
  },
  SERVICE_UNAVAILABLE: {
    status: 503,
    title: { ru: 'Сервис временно недоступен', kk: 'Қызмет уақытша қолжетімсіз' },
    detail: {
      ru: 'Повторите запрос: операция не выполнится дважды.',
      kk: 'Сұранымды қайталаңыз: ол екі рет орындалмайды.',
    },
  },
  STORAGE_FULL: {
    status: 507,
    title: { ru: 'Нет места на диске', kk: 'Дискіде орын жоқ' },
    detail: {
      ru: 'На диске сервера закончилось место. Сообщите администратору.',
      kk: 'Сервер дискісінде орын қалмады. Әкімшіге хабарлаңыз.',
    },
  },
  INTERNAL_ERROR: {
    status: 500,
    title: { ru: 'Внутренняя ошибка', kk: 'Ішкі қате' },
    detail: {
      ru: 'Мы уже разбираемся. Повторите запрос позже.',
      kk: 'Мәселе шешілуде. Сұранымды кейінірек қайталаңыз.',
    },
  },
};

export const PROBLEM_MEDIA_TYPE = 'application/problem+json; charset=utf-8';

/** Writes an error in the caller's language. */
export function problemOf(error: DomainError, locale: Locale): Problem {
  const text = PROBLEMS[error.code];
  const { detail, kaspiResultCode, errors } = error.facts;
  return {
    type: `urn:mpp:problem:${error.code.toLowerCase().replaceAll('_', '-')}`,
    title: text.title[locale],
    status: text.status,
    detail: (detail ?? text.detail)[locale],
    code: error.code,
    ...(kaspiResultCode !== undefined && { kaspiResultCode }),
    ...(errors !== undefined && { errors: errors.map(({ field, message }) => ({ field, message: message[locale] })) }),
  };
}
