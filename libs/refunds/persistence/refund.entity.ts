import type { AccountId, CustomerId, Money, PaymentId, RefundId } from '@mpp/kernel';
import { moneyColumn } from '@mpp/platform';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { RefundAnswer, Refusal } from '../domain/answer.js';
import type { RefundStatus } from '../domain/refund-status.js';
import type { RefundRecord } from '../domain/timeline.js';

/** A decision about a refundId; later only crediting and receipt links change, unless operators intervene (R17, R18, R40). */
@Entity('refunds')
export class RefundEntity implements RefundRecord {
  /** Our own id: the reference in the journal, the outbox and the events. */
  @PrimaryColumn('uuid') id!: string;
  /** The PS's id (regulation 4.4), unique. */
  @Column('text') refundId!: RefundId;
  /** SHA-256 of customer, payment and normalised amount: equal content gets the equal answer (R17). */
  @Column('text') fingerprint!: string;
  @Column('text') resultCode!: RefundAnswer['resultCode'];
  @Column('text') resultMessage!: string;
  /** Why the request was refused, for operators. */
  @Column('text', { nullable: true }) refusal!: Refusal | null;
  @Column('text') status!: RefundStatus;
  /** Of a refusal known only if readable, as are the payment's id at the PS and the amount. */
  @Column('text', { nullable: true }) customerId!: CustomerId | null;
  /** The PS's paymentId of the purchase. */
  @Column('text', { nullable: true }) kaspiPaymentId!: string | null;
  @Column('uuid', { nullable: true }) paymentId!: PaymentId | null;
  /** Tiyn. */
  @Column('bigint', { nullable: true, transformer: moneyColumn }) amount!: Money | null;
  /** The account from which the payment was debited. */
  @Column('uuid', { nullable: true }) accountId!: AccountId | null;
  /** As received, never re-encoded (R32). */
  @Column('text', { nullable: true }) linkReceipt!: string | null;
  /** As received, never re-encoded (R32). */
  @Column('text', { nullable: true }) pdfReceipt!: string | null;
  /** The operation's id in registries, from the receipt links (R24). */
  @Column('text', { nullable: true }) kaspiOperationId!: string | null;
  /** REFUND_CREDIT_DEADLINE_MS after our SUCCESS (R21). */
  @Column('timestamptz', { nullable: true }) creditBy!: Date | null;
  /** When the next alert about the missing credit is due; null after the last one. */
  @Column('timestamptz', { nullable: true }) nextEscalationAt!: Date | null;
  @Column('timestamptz', { nullable: true }) suspendedAt!: Date | null;
  @Column('timestamptz', { nullable: true }) creditedAt!: Date | null;
  /** Null also if the refund was settled against a reversal (R19). */
  @Column('uuid', { nullable: true }) creditedAccountId!: AccountId | null;
  /** Of a refusal: an operator lets it be decided again when the PS repeats the request (R40). */
  @Column('timestamptz', { nullable: true }) recheckAt!: Date | null;
  /** When operators took it up from a registry; until the PS sends its refundId it has one of ours (R40). */
  @Column('timestamptz', { nullable: true }) takenUpAt!: Date | null;
  @Column('timestamptz') createdAt!: Date;
}
