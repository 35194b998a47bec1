import type { CustomerId } from '@mpp/kernel';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Alert, AlertKind } from '../domain/alert.js';

/** A state that an operator must look at: one alert per subject and kind. Append-only. Source: R12, R21, R36. */
@Entity('alerts')
export class AlertEntity implements Alert {
  /** A bigint as text; the order of the list. */
  @PrimaryColumn('bigint', { generated: 'identity', generatedIdentity: 'ALWAYS' }) id!: string;
  @Column('text') kind!: AlertKind;
  /** Our id of a payment or registry, the PS's id of a refund, or the name of a row of the books. */
  @Column('text') subject!: string;
  @Column('text', { nullable: true }) customerId!: CustomerId | null;
  /** What the kind adds, for example the missing days of a registry. */
  @Column('json', { nullable: true }) details!: object | null;
  @Column('timestamptz') raisedAt!: Date;
}
