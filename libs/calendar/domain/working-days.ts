import { addDays, type BusinessDay, type DayRange, daysOf, isWeekend } from '@mpp/kernel';

/** What operators say of a day. It goes before the week and the public holidays. */
export interface DayCorrection {
  readonly day: BusinessDay;
  readonly working: boolean;
  readonly name: string | null;
}

/** Public holidays of a year, with the days to which they are moved, by name. */
export type Holidays = (year: number) => ReadonlyMap<BusinessDay, string>;

/** A day that is not what the week says, or that operators spoke of. */
export interface SpecialDay extends DayCorrection {
  readonly source: 'HOLIDAY' | 'OPERATOR';
}

/** No holidays last as long as this: a calendar that says so is wrong. */
const LONGEST_SEARCH_DAYS = 366;

/** Kazakhstan's working days: Monday to Friday without public holidays, unless operators say otherwise (R27). */
export class WorkingDays {
  private readonly corrections: ReadonlyMap<BusinessDay, DayCorrection>;

  constructor(
    private readonly holidays: Holidays,
    corrections: readonly DayCorrection[],
  ) {
    this.corrections = new Map(corrections.map((correction) => [correction.day, correction]));
  }

  isWorking(day: BusinessDay): boolean {
    return this.special(day)?.working ?? !isWeekend(day);
  }

  /** Null for a day that is what the week says. */
  special(day: BusinessDay): SpecialDay | null {
    const correction = this.corrections.get(day);
    if (correction !== undefined) return { ...correction, source: 'OPERATOR' };
    const name = isWeekend(day) ? undefined : this.holidays(Number(day.slice(0, 4))).get(day);
    return name === undefined ? null : { day, working: false, name, source: 'HOLIDAY' };
  }

  /** What the day is called, a holiday at a week-end too. */
  nameOf(day: BusinessDay): string | null {
    const correction = this.corrections.get(day);
    return correction ? correction.name : (this.holidays(Number(day.slice(0, 4))).get(day) ?? null);
  }

  within(range: DayRange): BusinessDay[] {
    return daysOf(range).filter((day) => this.isWorking(day));
  }

  specialWithin(range: DayRange): SpecialDay[] {
    return daysOf(range).flatMap((day) => this.special(day) ?? []);
  }

  /** The first working day after it. */
  next(day: BusinessDay): BusinessDay {
    return this.search(day, 1);
  }

  /** The last working day before it. */
  previous(day: BusinessDay): BusinessDay {
    return this.search(day, -1);
  }

  private search(from: BusinessDay, step: 1 | -1): BusinessDay {
    for (let days = 1; days <= LONGEST_SEARCH_DAYS; days++) {
      const day = addDays(from, days * step);
      if (this.isWorking(day)) return day;
    }
    throw new RangeError(`the calendar has no working day within a year of ${from}`);
  }
}
