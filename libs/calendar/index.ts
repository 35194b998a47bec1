export { CalendarHttpModule, CalendarModule } from './calendar.module.js';
export type { WorkingDays } from './domain/working-days.js';
export { WorkingCalendar } from './working-calendar.service.js';
