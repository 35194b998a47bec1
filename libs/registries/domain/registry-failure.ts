import type { LocalisedText } from '@mpp/kernel';

const SAVE_AS = {
  ru: 'Откройте файл в Excel или LibreOffice и сохраните как «Книга Excel (*.xlsx)», затем загрузите снова.',
  kk: 'Файлды Excel немесе LibreOffice-те ашып, «Excel кітабы (*.xlsx)» түрінде сақтаңыз да, қайта жүктеңіз.',
};

/** What to do about a file that is FAILED, by the code of its failure. */
const ADVICE: Readonly<Record<string, LocalisedText>> = {
  NOT_XLSX: {
    ru: `Это не книга .xlsx, а другой формат, например .xls, CSV или HTML. ${SAVE_AS.ru}`,
    kk: `Бұл .xlsx кітабы емес, басқа пішім, мысалы .xls, CSV немесе HTML. ${SAVE_AS.kk}`,
  },
  ENCRYPTED: {
    ru: 'Книга защищена паролем. Снимите пароль (Файл → Сведения → Защита книги), сохраните и загрузите снова.',
    kk: 'Кітап құпиясөзбен қорғалған. Құпиясөзді алып тастап (Файл → Мәлімет → Кітапты қорғау), сақтаңыз да, қайта жүктеңіз.',
  },
  BROKEN: {
    ru: `Файл повреждён или получен не полностью. Запросите его у Kaspi снова. ${SAVE_AS.ru}`,
    kk: `Файл бүлінген немесе толық алынбаған. Оны Kaspi-ден қайта сұраңыз. ${SAVE_AS.kk}`,
  },
  TOO_LARGE: {
    ru: 'Файл больше допустимого. Запросите у Kaspi реестр за меньший период.',
    kk: 'Файл рұқсат етілгеннен үлкен. Kaspi-ден қысқа кезеңнің тізілімін сұраңыз.',
  },
  NO_HEADER: {
    ru: 'Ни на одном листе нет заголовка реестра (регламент 5.1, 5.2). Проверьте, тот ли это файл.',
    kk: 'Бірде-бір парақта тізілімнің тақырыбы жоқ (регламент 5.1, 5.2). Файлдың дұрыстығын тексеріңіз.',
  },
  SEVERAL_SHEETS: {
    ru: 'Реестр есть на нескольких листах. Сохраните каждый лист отдельным файлом и загрузите их по одному.',
    kk: 'Тізілім бірнеше парақта бар. Әр парақты бөлек файл етіп сақтап, бір-бірден жүктеңіз.',
  },
};

/** Null if there is nothing to do but to ask Kaspi for another file, or if the file is not FAILED. */
export function adviceOn(failure: string | null): LocalisedText | null {
  return (failure !== null && ADVICE[failure]) || null;
}
