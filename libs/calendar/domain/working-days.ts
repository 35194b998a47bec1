import { addDays, type BusinessDay, type DayRange, daysOf, isWeekend } from '@mpp/kernel';

/** An operator's correction of a day. It takes precedence over the week and the public holidays. */
export interface DayCorrection {
  readonly day: BusinessDay;
  readonly working: boolean;
  readonly name: string | null;
}

/** The names of a year's public holidays, and of the days to which they are moved, by day. */
export type Holidays = (year: number) => ReadonlyMap<BusinessDay, string>;

/** A public holiday on a weekday, or a corrected day. */
export interface SpecialDay extends DayCorrection {
  readonly source: 'HOLIDAY' | 'OPERATOR';
}

/** No holidays last this long: a calendar without a working day for a year is wrong. */
const LONGEST_SEARCH_DAYS = 366;

/** Kazakhstan's working days: Monday to Friday without public holidays, unless an operator corrected the day (R27). */
export class WorkingDays {
  private readonly corrections: ReadonlyMap<BusinessDay, DayCorrection>;

  constructor(
    private readonly holidays: Holidays,
    corrections: readonly DayCorrection[],
  ) {
    this.corrections = new Map(corrections.map((correction) => [correction.day, correction]));
  }

  isWorking(day: BusinessDay): boolean {
    return this.specialDay(day)?.working ?? !isWeekend(day);
  }

  /** Null for a day that is neither a public holiday on a weekday nor corrected. */
  specialDay(day: BusinessDay): SpecialDay | null {
    const correction = this.corrections.get(day);
    if (correction !== undefined) return { ...correction, source: 'OPERATOR' };
    const name = isWeekend(day) ? undefined : this.holidays(Number(day.slice(0, 4))).get(day);
    return name === undefined ? null : { day, working: false, name, source: 'HOLIDAY' };
  }

  /** The name of the holiday or of the correction; also of a holiday at a weekend. */
  nameOf(day: BusinessDay): string | null {
    const correction = this.corrections.get(day);
    return correction ? correction.name : (this.holidays(Number(day.slice(0, 4))).get(day) ?? null);
  }

  workingDaysWithin(range: DayRange): BusinessDay[] {
    return daysOf(range).filter((day) => this.isWorking(day));
  }

  specialDaysWithin(range: DayRange): SpecialDay[] {
    return daysOf(range).flatMap((day) => this.specialDay(day) ?? []);
  }

  /** The first working day after this day. */
  nextWorkingDay(day: BusinessDay): BusinessDay {
    return this.findWorkingDay(day, 1);
  }

  /** The last working day before this day. */
  previousWorkingDay(day: BusinessDay): BusinessDay {
    return this.findWorkingDay(day, -1);
  }

  private findWorkingDay(from: BusinessDay, step: 1 | -1): BusinessDay {
    for (let days = 1; days <= LONGEST_SEARCH_DAYS; days++) {
      const day = addDays(from, days * step);
      if (this.isWorking(day)) return day;
    }
    throw new RangeError(`the calendar has no working day within a year of ${from}`);
  }
}
