import type { LocalisedText } from '@mpp/kernel';

/** The problems of a cell. The codes are stable: row errors store them. */
export const ROW_PROBLEMS = {
  MISSING: { ru: 'Значение не заполнено', kk: 'Мән толтырылмаған' },
  NO_ID: {
    ru: 'Нет ни ID операции Kaspi, ни ID операции участника',
    kk: 'Kaspi операциясының ID-і де, қатысушы операциясының ID-і де жоқ',
  },
  NOT_COMPUTED: {
    ru: 'Формула без значения: откройте файл в Excel или LibreOffice и сохраните его',
    kk: 'Мәні жоқ формула: файлды Excel немесе LibreOffice-те ашып, сақтаңыз',
  },
  NOT_A_NUMBER: { ru: 'Не число', kk: 'Сан емес' },
  TOO_MANY_DECIMALS: { ru: 'Слишком много знаков после запятой', kk: 'Үтірден кейінгі таңбалар тым көп' },
  OUT_OF_BOUNDS: { ru: 'Число вне допустимых пределов', kk: 'Сан рұқсат етілген шектен тыс' },
  NEGATIVE_PURCHASE: { ru: 'Сумма покупки меньше нуля', kk: 'Сатып алу сомасы нөлден кем' },
  NOT_A_MOMENT: { ru: 'Не дата и время', kk: 'Күн мен уақыт емес' },
  NO_SUCH_MOMENT: { ru: 'Такой даты или времени нет', kk: 'Мұндай күн немесе уақыт жоқ' },
  NOT_YES_OR_NO: { ru: 'Ожидается ДА или НЕТ', kk: 'ДА немесе НЕТ күтіледі' },
  NOT_A_TYPE: { ru: 'Ожидается Покупка или Возврат', kk: 'Покупка немесе Возврат күтіледі' },
  NOT_A_TEXT: { ru: 'Ожидается текст или целое число', kk: 'Мәтін немесе бүтін сан күтіледі' },
  ROUNDED: {
    ru: 'Число длиннее 15 знаков: таблица его округлила',
    kk: 'Сан 15 таңбадан ұзын: кесте оны дөңгелектеген',
  },
  UNPRINTABLE: { ru: 'Недопустимые символы', kk: 'Жарамсыз таңбалар' },
  TOO_LONG: { ru: 'Длиннее 64 символов', kk: '64 таңбадан ұзын' },
} as const satisfies Record<string, LocalisedText>;

export type RowProblem = keyof typeof ROW_PROBLEMS;
