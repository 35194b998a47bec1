import { Entity, PrimaryColumn } from 'typeorm';

/** A file of functions, trigger functions or views in the state in which the migrator applied it last. */
@Entity('platform_sql_files')
export class SqlFileEntity {
  /** From the root of the project: `libs/ledger/sql/ledger_post.sql`. */
  @PrimaryColumn('text') path!: string;
  @PrimaryColumn('text') checksum!: string;
}
