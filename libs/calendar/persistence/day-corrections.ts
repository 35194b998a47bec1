import type { BusinessDay } from '@mpp/kernel';
import type { Tx } from '@mpp/platform';
import { type EntityManager, In, IsNull, Not } from 'typeorm';
import type { DayCorrection } from '../domain/working-days.js';
import { WorkingDayEntity } from './working-day.entity.js';

const LOCK = { mode: 'pessimistic_write' } as const;

/** All corrections by day: a few per year. */
export async function findCorrections(manager: EntityManager): Promise<DayCorrection[]> {
  const corrections = await manager.find(WorkingDayEntity, {
    where: { working: Not(IsNull()) },
    order: { day: 'ASC' },
  });
  return corrections as DayCorrection[];
}

/** Saves the corrections that differ from the stored ones, and returns these by day. */
export async function saveCorrections(
  tx: Tx,
  corrections: readonly DayCorrection[],
  changedAt: Date,
  changedBy: string,
): Promise<DayCorrection[]> {
  const days = corrections.map(({ day }) => day);
  const stored = await tx.find(WorkingDayEntity, { where: { day: In(days) }, order: { day: 'ASC' }, lock: LOCK });
  const storedByDay = new Map(stored.map((correction) => [correction.day, correction]));
  const changed = corrections
    .filter(({ day, working, name }) => {
      const before = storedByDay.get(day);
      return before?.working !== working || before.name !== name;
    })
    .toSorted((one, other) => (one.day < other.day ? -1 : 1));
  await tx.upsert(
    WorkingDayEntity,
    changed.map((correction) => ({ ...correction, changedAt, changedBy })),
    ['day'],
  );
  return changed;
}

/** Removes the correction of the day and returns it, null if there is none. The row keeps who removed it, and when. */
export async function removeCorrection(
  tx: Tx,
  day: BusinessDay,
  changedAt: Date,
  changedBy: string,
): Promise<DayCorrection | null> {
  const correction = await tx.findOne(WorkingDayEntity, { where: { day, working: Not(IsNull()) }, lock: LOCK });
  if (correction === null) return null;
  await tx.update(WorkingDayEntity, { day }, { working: null, name: null, changedAt, changedBy });
  return correction as DayCorrection;
}
