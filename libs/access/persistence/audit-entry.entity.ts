import type { CustomerId } from '@mpp/kernel';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { AuditEntry } from '../domain/audit.js';

/** An action of an operator or a customer. Append-only. Source: our own rule; the regulation has none. */
@Entity('access_audit')
export class AuditEntryEntity implements AuditEntry {
  /** A bigint as text; the order of the trail. The database generates it. */
  @PrimaryColumn('bigint', { generated: 'identity', generatedIdentity: 'ALWAYS', insert: false }) id!: string;
  @Column('timestamptz') at!: Date;
  /** The claim `sub` of an operator's token; a customer's id. */
  @Column('text') actor!: string;
  /** One of AUDIT_ACTIONS. */
  @Column('text') action!: string;
  /** The id of the payment, message, refund, registry or journal entry. */
  @Column('text') subject!: string;
  @Column('text', { nullable: true }) customerId!: CustomerId | null;
  /** In the actor's own words. */
  @Column('text', { nullable: true }) reason!: string | null;
  @Column('json', { nullable: true }) details!: object | null;
}
