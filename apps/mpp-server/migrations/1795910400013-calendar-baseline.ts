import { ForwardMigration } from './forward-migration.js';

export class CalendarBaseline1795910400013 extends ForwardMigration {
  readonly sql = `
    create table registry_working_days (
      day date primary key,
      working boolean,
      name text check (name is null or (name <> '' and working is not null)),
      changed_at timestamptz not null,
      changed_by text not null
    );
  `;
}
