import type { JWK } from 'jose';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The key of the development issuer. Never in production. */
@Entity('access_development_key')
export class DevelopmentKeyEntity {
  /** 1: there is one key. */
  @PrimaryColumn('int') id!: number;
  /** ES256, with its private part. */
  @Column('json') privateJwk!: JWK;
}
