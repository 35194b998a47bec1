import type { BusinessDay } from '@mpp/kernel';
import { Column, Entity, PrimaryColumn } from 'typeorm';

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
