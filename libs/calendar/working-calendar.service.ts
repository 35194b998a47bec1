import { AuditTrail } from '@mpp/access';
import type { BusinessDay } from '@mpp/kernel';
import { Clock, DomainError } from '@mpp/kernel';
import { Database, type Queryable, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { type DayCorrection, WorkingDays } from './domain/working-days.js';
import { kazakhstanHolidays } from './kazakhstan-holidays.js';
import { selectCorrections, takeBackCorrection, upsertCorrections } from './persistence/working-days.js';

/** Kazakhstan's working days: those of a package, and what operators know better. */
@Injectable()
export class WorkingCalendar {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** The calendar as it is now. It does not change while it is used. */
  async current(queryable: Queryable = this.database): Promise<WorkingDays> {
    return new WorkingDays(kazakhstanHolidays, await selectCorrections(queryable));
  }

  /** What operators say of these days, from now on. VALIDATION_FAILED where a day is named twice. */
  async correct(corrections: readonly DayCorrection[], operator: string): Promise<WorkingDays> {
    demandOnce(corrections);
    return this.database.transaction(async (tx) => {
      const at = this.clock.now();
      const changed = await upsertCorrections(tx, corrections, at, operator);
      const days = changed.map(({ day, working, name }) => ({ date: day, working, name }));
      if (days.length > 0) await this.record(tx, at, operator, { set: days });
      return this.current(tx);
    });
  }

  /** The day is again what the week and the public holidays say. NOT_FOUND where nobody said otherwise. */
  async takeBack(day: BusinessDay, operator: string): Promise<WorkingDays> {
    return this.database.transaction(async (tx) => {
      const at = this.clock.now();
      const taken = await takeBackCorrection(tx, day, at, operator);
      if (taken === null) throw new DomainError('NOT_FOUND');
      const { working, name } = taken;
      await this.record(tx, at, operator, { takenBack: [{ date: day, working, name }] });
      return this.current(tx);
    });
  }

  private async record(tx: Tx, at: Date, actor: string, details: object): Promise<void> {
    const subject = 'working-days';
    await this.trail.record(tx, { at, actor, action: 'WORKING_DAYS_CHANGED', subject, details });
  }
}

function demandOnce(corrections: readonly DayCorrection[]): void {
  const days = corrections.map(({ day }) => day);
  const message = { ru: 'этот день уже есть в списке', kk: 'бұл күн тізімде бар' };
  const errors = days.flatMap((day, index) =>
    days.indexOf(day) < index ? [{ field: `items.${index}.date`, message }] : [],
  );
  if (errors.length > 0) throw new DomainError('VALIDATION_FAILED', { errors });
}
