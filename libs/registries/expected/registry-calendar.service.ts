import { WorkingCalendar } from '@mpp/calendar';
import { Settings } from '@mpp/config';
import { addDays, type BusinessDay, businessDayOf, Clock, type DayRange, daysOf } from '@mpp/kernel';
import { Database } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { dueOf, groupOf, type WorkingDays } from '../domain/period.js';
import {
  type CoveringRegistry,
  EARLIEST_LOOK_DAYS,
  type Expectation,
  type MissingRegistry,
  missingRegistries,
  uncovered,
} from '../domain/registry-calendar.js';
import { REGISTRY_KINDS, type RegistryKind } from '../domain/registry-row.js';
import { selectCovering, selectFirstDebit } from '../persistence/covered-days.js';

/** What is known of the registries about one day, or one month. */
export interface Coverage {
  readonly dueAt: Date;
  readonly registries: readonly string[];
  readonly covered: boolean;
  /** Due, not covered, and not before the first payment. */
  readonly missing: boolean;
}

export interface CalendarDay extends Coverage {
  readonly day: BusinessDay;
  readonly working: boolean;
  readonly name: string | null;
}

export interface CalendarMonth {
  readonly month: DayRange;
  readonly days: readonly CalendarDay[];
  readonly monthly: Coverage;
}

/** Which registries there are, for which days, and which should be there by now (R27). */
@Injectable()
export class RegistryCalendar {
  /** Never changes once it is known. */
  private since: BusinessDay | null = null;

  constructor(
    private readonly database: Database,
    private readonly workingCalendar: WorkingCalendar,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  async month(month: DayRange): Promise<CalendarMonth> {
    const calendar = await this.workingCalendar.readWorkingDays();
    const expectation = await this.expectation(calendar);
    const registries = await selectCovering(this.database, month);
    const days = daysOf(month).map((day) => ({
      day,
      working: calendar.isWorking(day),
      name: calendar.nameOf(day),
      ...coverage('DAILY', { from: day, to: day }, registries, expectation),
    }));
    return { month, days, monthly: coverage('MONTHLY', month, registries, expectation) };
  }

  /** What should have come lately and did not, each kind from the oldest on. */
  async missing(): Promise<MissingRegistry[]> {
    const expectation = await this.expectation(await this.workingCalendar.readWorkingDays());
    if (expectation.since === null) return [];
    const to = businessDayOf(expectation.now);
    const registries = await selectCovering(this.database, { from: addDays(to, -EARLIEST_LOOK_DAYS), to });
    return REGISTRY_KINDS.flatMap((kind) => missingRegistries(kind, registries, expectation));
  }

  private async expectation(calendar: WorkingDays): Promise<Expectation> {
    return { calendar, dueHour: this.settings.REGISTRY_DUE_HOUR, since: await this.firstDay(), now: this.clock.now() };
  }

  private async firstDay(): Promise<BusinessDay | null> {
    if (this.since === null) {
      const first = await selectFirstDebit(this.database);
      this.since = first && businessDayOf(first);
    }
    return this.since;
  }
}

function coverage(
  kind: RegistryKind,
  days: DayRange,
  registries: readonly CoveringRegistry[],
  { calendar, dueHour, since, now }: Expectation,
): Coverage {
  const about = registries.filter((one) => one.kind === kind && one.from <= days.to && one.to >= days.from);
  const dueAt = dueOf(groupOf(kind, days.from, calendar), dueHour, calendar);
  return {
    dueAt,
    registries: about.map(({ id }) => id),
    covered: uncovered(kind, daysOf(days), about, days.from).length === 0,
    missing: dueAt <= now && uncovered(kind, daysOf(days), about, since).length > 0,
  };
}
