import { addMilliseconds, type BusinessDay, businessDayOf, type DayRange, daysOf } from '@mpp/kernel';
import { dueOf, groupBefore, type WorkingDays } from './period.js';
import type { RegistryKind } from './registry-row.js';

/** How long after its due time a missing registry is reported. */
export const LOOK_BACK_DAYS = 31;
const DAY_MS = 86_400_000;

/** A reconciled registry. */
export interface CoveringRegistry {
  readonly id: string;
  readonly kind: RegistryKind;
  readonly period: DayRange;
}

export interface MissingRegistry extends DayRange {
  readonly kind: RegistryKind;
  readonly dueAt: Date;
  /** The days in the range that no registry covers. */
  readonly days: readonly BusinessDay[];
}

/** What decides which registries are due. */
export interface Expectation {
  readonly calendar: WorkingDays;
  readonly dueHour: number;
  /** The day of the first payment; null without payments. */
  readonly since: BusinessDay | null;
  readonly now: Date;
}

/** The days since the first payment that no registry of this kind covers. */
export function uncoveredDays(
  kind: RegistryKind,
  days: readonly BusinessDay[],
  registries: readonly CoveringRegistry[],
  since: BusinessDay | null,
): BusinessDay[] {
  const isCovered = (day: BusinessDay) =>
    registries.some(({ kind: covers, period }) => covers === kind && period.from <= day && day <= period.to);
  return days.filter((day) => since !== null && day >= since && !isCovered(day));
}

/** Registries of this kind that became due in the last {@link LOOK_BACK_DAYS} and whose days are not covered, oldest first. */
export function missingRegistries(
  kind: RegistryKind,
  registries: readonly CoveringRegistry[],
  { calendar, dueHour, since, now }: Expectation,
): MissingRegistry[] {
  const earliest = addMilliseconds(now, -LOOK_BACK_DAYS * DAY_MS);
  const missing: MissingRegistry[] = [];
  let group = groupBefore(kind, businessDayOf(now), calendar);
  for (let dueAt = dueOf(group, dueHour, calendar); dueAt > earliest; dueAt = dueOf(group, dueHour, calendar)) {
    const days = dueAt > now ? [] : uncoveredDays(kind, daysOf(group), registries, since);
    if (days.length > 0) missing.unshift({ kind, ...group, dueAt, days });
    group = groupBefore(kind, group.from, calendar);
  }
  return missing;
}

/** {@link missingRegistries} needs registries of at most so many days: two months and the holidays at their ends. */
export const MAX_COVERED_DAYS = 2 * LOOK_BACK_DAYS + 31;
