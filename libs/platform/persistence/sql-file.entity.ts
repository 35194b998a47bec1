import { Entity, PrimaryColumn } from 'typeorm';

/** Every text of an SQL file that was ever applied to this database: its checksum. Source: docs/decisions/0018-sql-in-files.md. */
@Entity('platform_sql_files')
export class SqlFileEntity {
  /** From the root of the project: `libs/ledger/sql/ledger_post.sql`. */
  @PrimaryColumn('text') path!: string;
  @PrimaryColumn('text') checksum!: string;
}
