import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A part of a registry’s file. Append-only. Source: regulation 5. */
@Entity('registry_files')
export class RegistryFileEntity {
  @PrimaryColumn('uuid') registryId!: string;
  @PrimaryColumn('int') part!: number;
  @Column('bytea') content!: Buffer;
}
