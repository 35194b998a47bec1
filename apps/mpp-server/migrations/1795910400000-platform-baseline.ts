import { ForwardMigration } from './forward-migration.js';

export class PlatformBaseline1795910400000 extends ForwardMigration {
  readonly sql = `
    -- Append-only tables are partitioned by month, so that history does not slow down current work. platform_prepare_months
    -- creates the partitions of the tables that are listed here.
    create table platform_monthly_tables (name text primary key);

    -- Every text of every SQL file that was ever applied here.
    create table platform_sql_files (
      path text not null,
      checksum text not null,
      primary key (path, checksum)
    );
  `;
}
