import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Discrepancy, DiscrepancyKind, DiscrepancyStatus, SettleAction } from '../domain/discrepancy.js';

/** A difference between a registry and the books. Source: docs/accounting/registries.md, R34. */
@Entity('registry_discrepancies')
export class DiscrepancyEntity implements Discrepancy {
  @PrimaryColumn('bigint', { generated: 'identity', generatedIdentity: 'ALWAYS' }) id!: string;
  /** Null: an answer of the PS contradicts the settled payment (R36). */
  @Column('uuid', { nullable: true }) registryId!: string | null;
  /** A DiscrepancyKind: DISCREPANCIES in domain/discrepancy.ts lists them. */
  @Column('text') kind!: DiscrepancyKind;
  /** With the kind, what identifies the discrepancy when it is found again. */
  @Column('text') subject!: string;
  @Column('int', { nullable: true }) row!: number | null;
  @Column('text', { nullable: true }) kaspiOperationId!: string | null;
  @Column('text', { nullable: true }) mppPaymentId!: string | null;
  @Column('uuid', { nullable: true }) paymentId!: string | null;
  @Column('uuid', { nullable: true }) refund!: string | null;
  /** The value in the books, and in the registry. */
  @Column('text', { nullable: true }) expected!: string | null;
  @Column('text', { nullable: true }) actual!: string | null;
  /** REVERSE: operations may reverse the payment (R34). */
  @Column('text', { nullable: true }) proposal!: 'REVERSE' | null;
  /** OPEN, EXPLAINED or RESOLVED: DISCREPANCY_STATUSES. */
  @Column('text') status!: DiscrepancyStatus;
  /** EXPLAINED by the server. */
  @Column('boolean', { default: false }) closedByItself!: boolean;
  @Column('text', { nullable: true }) note!: string | null;
  @Column('timestamptz') foundAt!: Date;
  @Column('timestamptz') changedAt!: Date;
  /** One of SETTLE_ACTIONS: what an operator decided last (R40). */
  @Column('text', { nullable: true }) action!: SettleAction | null;
  /** The account that the operator named. */
  @Column('text', { nullable: true }) actionAccount!: string | null;
  @Column('text', { nullable: true }) actionReason!: string | null;
  @Column('timestamptz', { nullable: true }) actionAt!: Date | null;
  @Column('text', { nullable: true }) actionBy!: string | null;
  /** The operation in `registry_adjustments`. */
  @Column('uuid', { nullable: true }) adjustmentId!: string | null;
}
