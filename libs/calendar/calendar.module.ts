import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { WorkingDaysController } from './http/working-days.controller.js';
import { WorkingDayEntity } from './persistence/working-day.entity.js';
import { WorkingCalendar } from './working-calendar.service.js';

/** Kazakhstan's working days, with operators' corrections. */
@Module({
  imports: [TypeOrmModule.forFeature([WorkingDayEntity])],
  providers: [WorkingCalendar],
  exports: [WorkingCalendar],
})
export class CalendarModule {}

/** Accounting's calls about working days. */
@Module({ imports: [CalendarModule], controllers: [WorkingDaysController] })
export class CalendarHttpModule {}
