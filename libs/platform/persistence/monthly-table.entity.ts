import { Entity, PrimaryColumn } from 'typeorm';

/** A table that is partitioned by month. */
@Entity('platform_monthly_tables')
export class MonthlyTableEntity {
  @PrimaryColumn('text') name!: string;
}
