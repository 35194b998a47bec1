import type { BusinessDay } from '@mpp/kernel';
import Calendar from 'date-holidays';

const years = new Map<number, ReadonlyMap<BusinessDay, string>>();

/**
 * Public holidays of Kazakhstan and the days to which they are moved from weekends, from the package date-holidays. It does
 * not contain the government's decrees, which move more days each year: operators enter those as corrections.
 */
export function kazakhstanHolidays(year: number): ReadonlyMap<BusinessDay, string> {
  const known = years.get(year);
  if (known !== undefined) return known;
  const days = new Map<BusinessDay, string>();
  for (const { date, name } of new Calendar('KZ', { languages: ['ru'], types: ['public'] }).getHolidays(year)) {
    const day = date.slice(0, 10) as BusinessDay;
    if (!days.has(day)) days.set(day, name.replace('(substitute day)', '(перенос)'));
  }
  years.set(year, days);
  return days;
}
