import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { BusinessDay } from '../domain/business-day.js';

/** An operator’s correction of the working calendar. Source: R27. */
@Entity('registry_working_days')
export class WorkingDayEntity {
  @PrimaryColumn('date') day!: BusinessDay;
  /** Null: the correction was removed. */
  @Column('boolean', { nullable: true }) working!: boolean | null;
  @Column('text', { nullable: true }) name!: string | null;
  @Column('timestamptz') changedAt!: Date;
  @Column('text') changedBy!: string;
}
