import { WorkingCalendar } from '@mpp/calendar';
import { Settings } from '@mpp/config';
import { addDays, type BusinessDay, businessDayOf, Clock, type DayRange, daysOf } from '@mpp/kernel';
import { ReportDatabase } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { dueOf, groupOf, type WorkingDays } from '../domain/period.js';
import {
  type CoveringRegistry,
  type Expectation,
  MAX_COVERED_DAYS,
  type MissingRegistry,
  missingRegistries,
  uncoveredDays,
} from '../domain/registry-calendar.js';
import { REGISTRY_KINDS, type RegistryKind } from '../domain/registry-row.js';
import { findFirstDebit } from '../persistence/operation-days.js';
import { RegistriesRepository } from '../persistence/registries.repository.js';

/** The registries of one day or month. */
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

/** Which days registries cover, and which registries are due (R27). */
@Injectable()
export class RegistryCalendar {
  /** The day of the first payment, which never changes. */
  private firstDay: BusinessDay | null = null;

  constructor(
    private readonly database: ReportDatabase,
    private readonly registries: RegistriesRepository,
    private readonly workingCalendar: WorkingCalendar,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  async readMonth(month: DayRange): Promise<CalendarMonth> {
    const calendar = await this.workingCalendar.readWorkingDays(this.database.manager);
    const expectation = await this.readExpectation(calendar);
    const registries = await this.registries.findCovering(month);
    const days = daysOf(month).map((day) => ({
      day,
      working: calendar.isWorking(day),
      name: calendar.nameOf(day),
      ...coverageOf('DAILY', { from: day, to: day }, registries, expectation),
    }));
    return { month, days, monthly: coverageOf('MONTHLY', month, registries, expectation) };
  }

  /** Due registries that were not received, by kind, oldest first. */
  async findMissing(): Promise<MissingRegistry[]> {
    const expectation = await this.readExpectation(await this.workingCalendar.readWorkingDays(this.database.manager));
    if (expectation.since === null) return [];
    const to = businessDayOf(expectation.now);
    const registries = await this.registries.findCovering({ from: addDays(to, -MAX_COVERED_DAYS), to });
    return REGISTRY_KINDS.flatMap((kind) => missingRegistries(kind, registries, expectation));
  }

  private async readExpectation(calendar: WorkingDays): Promise<Expectation> {
    const since = await this.readFirstDay();
    return { calendar, dueHour: this.settings.REGISTRY_DUE_HOUR, since, now: this.clock.now() };
  }

  private async readFirstDay(): Promise<BusinessDay | null> {
    if (this.firstDay === null) {
      const firstDebit = await findFirstDebit(this.database);
      this.firstDay = firstDebit && businessDayOf(firstDebit);
    }
    return this.firstDay;
  }
}

function coverageOf(
  kind: RegistryKind,
  days: DayRange,
  registries: readonly CoveringRegistry[],
  { calendar, dueHour, since, now }: Expectation,
): Coverage {
  const covering = registries.filter(
    (registry) => registry.kind === kind && registry.period.from <= days.to && registry.period.to >= days.from,
  );
  const dueAt = dueOf(groupOf(kind, days.from, calendar), dueHour, calendar);
  return {
    dueAt,
    registries: covering.map(({ id }) => id),
    covered: uncoveredDays(kind, daysOf(days), covering, days.from).length === 0,
    missing: dueAt <= now && uncoveredDays(kind, daysOf(days), covering, since).length > 0,
  };
}
