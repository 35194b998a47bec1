import { addDays, type BusinessDay, type DayRange, instantAtHour, monthOf } from '@mpp/kernel';
import type { RegistryKind } from './registry-row.js';

/** The working days that decide which days a registry covers (R27). */
export interface WorkingDays {
  isWorking(day: BusinessDay): boolean;
  /** The first working day after this day. */
  nextWorkingDay(day: BusinessDay): BusinessDay;
  /** The last working day before this day. */
  previousWorkingDay(day: BusinessDay): BusinessDay;
}

/**
 * How far from midnight an operation may belong to the day on the other side: two clocks, and time on the way. An hour is
 * made of whole pieces of this length.
 */
export const NEAR_MIDNIGHT_MINUTES = 10;

/** The operations of one day, counted: however many rows a registry has, it has few days. */
export interface OperationsOfDay {
  readonly day: BusinessDay;
  /** In the first {@link NEAR_MIDNIGHT_MINUTES} of the day. */
  readonly first: number;
  /** Neither in its first nor in its last minutes. */
  readonly between: number;
  /** In the last ones. */
  readonly last: number;
}

/**
 * The days that one registry is about: of a daily one a working day and the days off behind it, so that Monday's is about
 * Friday, Saturday and Sunday; of a monthly one the month (R27).
 */
export function groupOf(kind: RegistryKind, day: BusinessDay, calendar: WorkingDays): DayRange {
  if (kind === 'MONTHLY') return monthOf(day);
  const from = calendar.isWorking(day) ? day : calendar.previousWorkingDay(day);
  return { from, to: addDays(calendar.nextWorkingDay(from), -1) };
}

/** The last group that was over before this day: what a registry that came on it is about where it does not say so. */
export function groupBefore(kind: RegistryKind, day: BusinessDay, calendar: WorkingDays): DayRange {
  return groupOf(kind, addDays(groupOf(kind, day, calendar).from, -1), calendar);
}

/** When the registry about this group is due: on the first working day after it, at this hour of Almaty. */
export function dueOf({ to }: DayRange, hour: number, calendar: WorkingDays): Date {
  return instantAtHour(calendar.nextWorkingDay(to), hour);
}

/**
 * The days that a registry is about, which it does not say itself: from the group of its earliest operation to that of its
 * latest. Operations near midnight do not bring in the group on their side of it, unless there are no others: one at
 * 00:00:03 does not make a registry be about the whole day. Nor does one whose year or month is mistaken make it be about
 * everything in between, nor do a few that Kaspi confirmed late. Null for a registry without operations.
 */
export function periodOf(kind: RegistryKind, days: readonly OperationsOfDay[], calendar: WorkingDays): DayRange | null {
  const inside = (day: BusinessDay, neighbour: BusinessDay) => {
    const { from, to } = groupOf(kind, day, calendar);
    return from <= neighbour && neighbour <= to;
  };
  const claims = ({ day, first, between, last }: OperationsOfDay) =>
    between > 0 || (first > 0 && inside(day, addDays(day, -1))) || (last > 0 && inside(day, addDays(day, 1)));
  const some = days.filter(({ first, between, last }) => first + between + last > 0);
  const claiming = some.filter(claims);
  const counted = mostTogether(claiming.length > 0 ? claiming : some);
  const groups = new Map<BusinessDay, number>();
  for (const one of counted) {
    const { from } = groupOf(kind, one.day, calendar);
    groups.set(from, (groups.get(from) ?? 0) + sizeOf([one]));
  }
  const largest = Math.max(...groups.values());
  const own = [...groups].filter(([, size]) => size * LEAST_SHARE >= largest).map(([from]) => from);
  const [earliest, latest] = [own.toSorted().at(0), own.toSorted().at(-1)];
  if (earliest === undefined || latest === undefined) return null;
  return { from: earliest, to: groupOf(kind, latest, calendar).to };
}

/** A group with a smaller part of the largest one's operations is none of the registry's: they are late, and few. */
const LEAST_SHARE = 20;

/** Days further apart than this are not of one registry: no holidays last so long. */
const LONGEST_GAP_DAYS = 31;

/** Of the days that are not far apart, those with the most operations, in order. */
function mostTogether(days: readonly OperationsOfDay[]): OperationsOfDay[] {
  const runs: OperationsOfDay[][] = [];
  for (const one of days.toSorted((a, b) => (a.day < b.day ? -1 : 1))) {
    const run = runs.at(-1);
    const before = run?.at(-1);
    if (run === undefined || before === undefined || addDays(before.day, LONGEST_GAP_DAYS) < one.day) runs.push([one]);
    else run.push(one);
  }
  return runs.toSorted((a, b) => sizeOf(b) - sizeOf(a)).at(0) ?? [];
}

function sizeOf(days: readonly OperationsOfDay[]): number {
  return days.reduce((sum, { first, between, last }) => sum + first + between + last, 0);
}
