import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { StoredRowError } from '../domain/discrepancy.js';
import type { RowProblem } from '../domain/row-problem.js';

/** A cell of a registry that cannot be read. Append-only. Source: regulation 5.1, 5.2. */
@Entity('registry_row_errors')
export class RegistryRowErrorEntity implements StoredRowError {
  @PrimaryColumn('bigint', { generated: 'identity', generatedIdentity: 'ALWAYS' }) id!: string;
  @Column('uuid') registryId!: string;
  @Column('int') row!: number;
  /** The letters of the column. */
  @Column('text', { name: 'column_name' }) column!: string;
  @Column('text') header!: string;
  @Column('text') content!: string;
  /** A stable code: ROW_PROBLEMS in domain/row-problem.ts lists them. */
  @Column('text') problem!: RowProblem;
}
