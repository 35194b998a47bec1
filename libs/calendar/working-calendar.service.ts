import { AuditTrail } from '@mpp/access';
import { type BusinessDay, Clock, DomainError, type LocalisedText } from '@mpp/kernel';
import { Database, requireDistinctItems, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { type DayCorrection, WorkingDays } from './domain/working-days.js';
import { kazakhstanHolidays } from './kazakhstan-holidays.js';
import { findCorrections, removeCorrection, saveCorrections } from './persistence/day-corrections.js';

/** Kazakhstan's working days: those of the package date-holidays with operators' corrections. */
@Injectable()
export class WorkingCalendar {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** The working days at this moment; later corrections do not change them. */
  async readWorkingDays(manager = this.database.manager): Promise<WorkingDays> {
    return new WorkingDays(kazakhstanHolidays, await findCorrections(manager));
  }

  /** Saves corrections and returns the working days with them. Throws VALIDATION_FAILED if a day is listed twice. */
  async correctDays(corrections: readonly DayCorrection[], operator: string): Promise<WorkingDays> {
    requireDistinctItems(corrections, ({ day }) => day, ALREADY_LISTED, '.date');
    return this.database.transaction(async (tx) => {
      const at = this.clock.now();
      const changed = await saveCorrections(tx, corrections, at, operator);
      if (changed.length > 0) await this.recordChange(tx, at, operator, { set: changed.map(auditedCorrection) });
      return this.readWorkingDays(tx);
    });
  }

  /** Removes the correction of the day: the week and the public holidays apply again. Throws NOT_FOUND without one. */
  async removeCorrection(day: BusinessDay, operator: string): Promise<WorkingDays> {
    return this.database.transaction(async (tx) => {
      const at = this.clock.now();
      const removed = await removeCorrection(tx, day, at, operator);
      if (removed === null) throw new DomainError('NOT_FOUND');
      await this.recordChange(tx, at, operator, { removed: [auditedCorrection(removed)] });
      return this.readWorkingDays(tx);
    });
  }

  private async recordChange(tx: Tx, at: Date, actor: string, details: object): Promise<void> {
    const subject = 'working-days';
    await this.trail.recordAction(tx, { at, actor, action: 'WORKING_DAYS_CHANGED', subject, details });
  }
}

function auditedCorrection({ day, working, name }: DayCorrection): object {
  return { date: day, working, name };
}

const ALREADY_LISTED: LocalisedText = { ru: 'этот день уже есть в списке', kk: 'бұл күн тізімде бар' };
