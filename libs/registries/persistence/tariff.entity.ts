import type { BusinessDay } from '@mpp/kernel';
import { bigintColumn } from '@mpp/platform';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TariffService } from '../domain/tariff.js';

/** A tariff; a replaced one stays. Source: R28. */
@Entity('registry_tariffs')
export class TariffEntity {
  @PrimaryColumn('bigint', { generated: 'identity', generatedIdentity: 'ALWAYS', insert: false }) id!: string;
  /** PAYMENT, of daily registries, or SERVICE, of monthly ones: SERVICE_BY_KIND. */
  @Column('text') service!: TariffService;
  /** Null: all MCCs without a tariff of their own. */
  @Column('text', { nullable: true }) mcc!: string | null;
  /** Ten-thousandths of a percent. */
  @Column('bigint', { transformer: bigintColumn }) rate!: bigint;
  @Column('date') validFrom!: BusinessDay;
  @Column('timestamptz') setAt!: Date;
  @Column('text') setBy!: string;
  @Column('timestamptz', { nullable: true }) replacedAt!: Date | null;
  @Column('text', { nullable: true }) replacedBy!: string | null;
}
