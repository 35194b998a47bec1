import type { AccountId, CustomerId, Money, PaymentId } from '@mpp/kernel';
import { moneyColumn } from '@mpp/platform';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Reversal } from '../domain/reversal.js';

/** The giving back of a debit, from the moment it is owed. Source: R11, R41. */
@Entity('qr_payment_reversals')
export class ReversalEntity implements Omit<Reversal, 'id'> {
  @PrimaryColumn('uuid') paymentId!: PaymentId;
  @Column('text') customerId!: CustomerId;
  /** Tiyn; the payment’s amount. */
  @Column('bigint', { transformer: moneyColumn }) amount!: Money;
  /** The debited account. */
  @Column('uuid') accountId!: AccountId;
  /** REFUND_CREDIT_DEADLINE_MS after the debit was due back. */
  @Column('timestamptz') creditBy!: Date;
  /** When the next alert about the missing money is due; null after the last one. */
  @Column('timestamptz', { nullable: true }) nextEscalationAt!: Date | null;
  /** When no account of the customer took the money; it stays. */
  @Column('timestamptz', { nullable: true }) suspendedAt!: Date | null;
  @Column('timestamptz', { nullable: true }) creditedAt!: Date | null;
  @Column('uuid', { nullable: true }) creditedAccountId!: AccountId | null;
  /** When the debit was due back. */
  @Column('timestamptz') createdAt!: Date;
}

export function toReversal(entity: ReversalEntity): Reversal {
  return { id: entity.paymentId, ...entity };
}
