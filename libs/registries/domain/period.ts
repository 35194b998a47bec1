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

/** An operation within this distance of midnight may be listed under the other day: two clocks differ. Divides an hour. */
export const NEAR_MIDNIGHT_MINUTES = 10;

/** The number of operations of one day in a registry. */
export interface OperationsOfDay {
  readonly day: BusinessDay;
  /** In the first {@link NEAR_MIDNIGHT_MINUTES} of the day. */
  readonly first: number;
  /** Between the first and the last minutes. */
  readonly between: number;
  /** In the last {@link NEAR_MIDNIGHT_MINUTES} of the day. */
  readonly last: number;
}

/**
 * The group of days that a registry covers as a whole: of a daily one a working day and the following days off, so that
 * Monday's registry covers Friday, Saturday and Sunday; of a monthly one the month (R27).
 */
export function groupOf(kind: RegistryKind, day: BusinessDay, calendar: WorkingDays): DayRange {
  if (kind === 'MONTHLY') return monthOf(day);
  const from = calendar.isWorking(day) ? day : calendar.previousWorkingDay(day);
  return { from, to: addDays(calendar.nextWorkingDay(from), -1) };
}

/** The last group that ended before this day: the one of a registry that was received on this day without operations. */
export function groupBefore(kind: RegistryKind, day: BusinessDay, calendar: WorkingDays): DayRange {
  return groupOf(kind, addDays(groupOf(kind, day, calendar).from, -1), calendar);
}

/** When the registry of this group is due: on the next working day, at this hour in Almaty. */
export function dueOf({ to }: DayRange, hour: number, calendar: WorkingDays): Date {
  return instantAtHour(calendar.nextWorkingDay(to), hour);
}

/**
 * The days that a registry covers, derived because the file does not name them: from the group of its earliest operation to
 * the group of its latest. Three kinds of operations add no group: those near midnight, unless there are no others; those with
 * a wrong year or month; a few that Kaspi confirmed late. Null for a registry without operations.
 */
export function periodOf(kind: RegistryKind, days: readonly OperationsOfDay[], calendar: WorkingDays): DayRange | null {
  const isInGroup = (day: BusinessDay, neighbour: BusinessDay) => {
    const { from, to } = groupOf(kind, day, calendar);
    return from <= neighbour && neighbour <= to;
  };
  const addsGroup = ({ day, first, between, last }: OperationsOfDay) =>
    between > 0 || (first > 0 && isInGroup(day, addDays(day, -1))) || (last > 0 && isInGroup(day, addDays(day, 1)));
  const nonEmpty = days.filter(({ first, between, last }) => first + between + last > 0);
  const adding = nonEmpty.filter(addsGroup);
  const counted = largestRun(adding.length > 0 ? adding : nonEmpty);
  const groups = new Map<BusinessDay, number>();
  for (const operations of counted) {
    const { from } = groupOf(kind, operations.day, calendar);
    groups.set(from, (groups.get(from) ?? 0) + sizeOf([operations]));
  }
  const largest = Math.max(...groups.values());
  const covered = [...groups].filter(([, size]) => size * MIN_SHARE >= largest).map(([from]) => from);
  const [earliest, latest] = [covered.toSorted().at(0), covered.toSorted().at(-1)];
  if (earliest === undefined || latest === undefined) return null;
  return { from: earliest, to: groupOf(kind, latest, calendar).to };
}

/** A group with less than a twentieth of the largest group's operations has only late ones. */
const MIN_SHARE = 20;

/** A longer gap between days is a wrong date: no holidays last this long. */
const LONGEST_GAP_DAYS = 31;

/** Of the runs of days without a longer gap, the one with the most operations, by day. */
function largestRun(days: readonly OperationsOfDay[]): OperationsOfDay[] {
  const runs: OperationsOfDay[][] = [];
  for (const next of days.toSorted((a, b) => (a.day < b.day ? -1 : 1))) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run === undefined || last === undefined || addDays(last.day, LONGEST_GAP_DAYS) < next.day) runs.push([next]);
    else run.push(next);
  }
  return runs.toSorted((a, b) => sizeOf(b) - sizeOf(a)).at(0) ?? [];
}

function sizeOf(days: readonly OperationsOfDay[]): number {
  return days.reduce((sum, { first, between, last }) => sum + first + between + last, 0);
}
