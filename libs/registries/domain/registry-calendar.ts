import { addMilliseconds, type BusinessDay, businessDayOf, type DayRange, daysOf } from '@mpp/kernel';
import { dueOf, groupBefore, type WorkingDays } from './period.js';
import type { RegistryKind } from './registry-row.js';

/** How long a registry that is missing is looked for. */
export const LOOK_BACK_DAYS = 31;
const DAY_MS = 86_400_000;

/** A registry whose days can be relied on. */
export interface CoveringRegistry {
  readonly id: string;
  readonly kind: RegistryKind;
  readonly from: BusinessDay;
  readonly to: BusinessDay;
}

export interface MissingRegistry extends DayRange {
  readonly kind: RegistryKind;
  readonly dueAt: Date;
  /** Those of its days that no registry covers. */
  readonly days: readonly BusinessDay[];
}

/** What it takes to know what is due. */
export interface Expectation {
  readonly calendar: WorkingDays;
  readonly dueHour: number;
  /** The first day with something that a registry could be about; null where nothing was ever paid. */
  readonly since: BusinessDay | null;
  readonly now: Date;
}

/** Those of the days that no registry of this kind covers, from the first one on which something was paid. */
export function uncovered(
  kind: RegistryKind,
  days: readonly BusinessDay[],
  registries: readonly CoveringRegistry[],
  since: BusinessDay | null,
): BusinessDay[] {
  const covers = (registry: CoveringRegistry, day: BusinessDay) =>
    registry.kind === kind && registry.from <= day && day <= registry.to;
  return days.filter((day) => since !== null && day >= since && !registries.some((registry) => covers(registry, day)));
}

/** Registries of this kind that came due within {@link LOOK_BACK_DAYS} and whose days are not covered, oldest first. */
export function missingRegistries(
  kind: RegistryKind,
  registries: readonly CoveringRegistry[],
  { calendar, dueHour, since, now }: Expectation,
): MissingRegistry[] {
  const earliest = addMilliseconds(now, -LOOK_BACK_DAYS * DAY_MS);
  const missing: MissingRegistry[] = [];
  let group = groupBefore(kind, businessDayOf(now), calendar);
  for (let dueAt = dueOf(group, dueHour, calendar); dueAt > earliest; dueAt = dueOf(group, dueHour, calendar)) {
    const days = dueAt > now ? [] : uncovered(kind, daysOf(group), registries, since);
    if (days.length > 0) missing.unshift({ kind, ...group, dueAt, days });
    group = groupBefore(kind, group.from, calendar);
  }
  return missing;
}

/** The earliest day that {@link missingRegistries} may look at: two months and what holidays are at their ends. */
export const EARLIEST_LOOK_DAYS = 2 * LOOK_BACK_DAYS + 31;
