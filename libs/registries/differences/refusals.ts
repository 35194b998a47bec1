/** Why a discrepancy cannot be settled as an operator asks. */
export const refusedAs = (refusal: string) => ({
  ru: `Возврат нельзя принять: ${refusal}. Проведите его действием BOOK_DIFFERENCE.`,
  kk: `Қайтаруды қабылдау мүмкін емес: ${refusal}. Оны BOOK_DIFFERENCE әрекетімен өткізіңіз.`,
});
export const ENDED_OTHERWISE = {
  ru: 'Это расхождение уже закрыто, и иначе.',
  kk: 'Бұл айырмашылық басқаша жабылып қойған.',
};
export const CONFIRMED_SINCE = {
  ru: 'После этого реестра или ответа Kaspi подтвердил платёж и прислал чек: дождитесь следующего реестра.',
  kk: 'Осы тізілімнен немесе жауаптан кейін Kaspi төлемді растап, чек жіберді: келесі тізілімді күтіңіз.',
};
export const TAKE_UP_FIRST = {
  ru: 'Сначала закройте расхождение MISSING_AT_MPP этой строки: операции ещё нет в книгах.',
  kk: 'Алдымен осы жолдың MISSING_AT_MPP айырмашылығын жабыңыз: операция әлі есепте жоқ.',
};
