import type { AccountId, CustomerId, Money } from '@mpp/kernel';
import { moneyColumn } from '@mpp/platform';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { CoreOperation, OperationKind, OperationState } from '../domain/operation.js';

/** An operation at a bank’s core, written before it is requested and repeated under its id until its outcome is known. Source: R9, R16. */
@Entity('core_operations')
export class OperationEntity implements CoreOperation {
  @PrimaryColumn('uuid') id!: string;
  /** DEBIT, CREDIT or REVERSAL. */
  @Column('text') kind!: OperationKind;
  /** The payment of a debit or reversal, the refund of a credit, or what moves money for a difference (`registry_core_moves`). */
  @Column('uuid') subject!: string;
  /** The how-many-th credit or reversal of the same money, from 0. */
  @Column('int', { default: 0 }) ordinal!: number;
  /** The debit that a reversal gives back. */
  @Column('uuid', { nullable: true }) debitId!: string | null;
  @Column('text') customerId!: CustomerId;
  /** Our id of the account. */
  @Column('uuid') accountId!: AccountId;
  /** The bank’s id of the account. */
  @Column('text') coreAccount!: string;
  /** Tiyn. */
  @Column('bigint', { transformer: moneyColumn }) amount!: Money;
  @Column('text') reference!: string;
  @Column('text') description!: string;
  /** REQUESTED: the outcome is unknown. DONE, REFUSED. ABANDONED: a debit that was replaced by its reversal. */
  @Column('text', { default: 'REQUESTED' }) state!: OperationState;
  /** The reason of a refusal. */
  @Column('text', { nullable: true }) reason!: string | null;
  @Column('text', { nullable: true }) coreReference!: string | null;
  @Column('timestamptz') requestedAt!: Date;
  @Column('timestamptz', { nullable: true }) answeredAt!: Date | null;
  /** Of a reversal: the moment by which the customer must have the money. */
  @Column('timestamptz', { nullable: true }) dueAt!: Date | null;
}
