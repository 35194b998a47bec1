import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A cell of a registry that cannot be read. Append-only. */
@Entity('registry_row_errors')
export class RegistryRowErrorEntity {
  @PrimaryColumn('bigint', { generated: 'identity', generatedIdentity: 'ALWAYS' }) id!: string;
  @Column('uuid') registryId!: string;
  @Column('int') row!: number;
  /** The letters of the column. */
  @Column('text') columnName!: string;
  @Column('text') header!: string;
  @Column('text') content!: string;
  /** A stable code. */
  @Column('text') problem!: string;
}
