import { Module } from '@nestjs/common';
import { WorkingDaysController } from './http/working-days.controller.js';
import { WorkingCalendar } from './working-calendar.service.js';

/** Kazakhstan's working days, with operators' corrections. */
@Module({ providers: [WorkingCalendar], exports: [WorkingCalendar] })
export class CalendarModule {}

/** Accounting's calls about working days. */
@Module({ imports: [CalendarModule], controllers: [WorkingDaysController] })
export class CalendarHttpModule {}
