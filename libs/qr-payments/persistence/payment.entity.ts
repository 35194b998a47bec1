import type { AccountId, CustomerId, KaspiPaymentId, Money, NotifyResult, PaymentId } from '@mpp/kernel';
import { moneyColumn } from '@mpp/platform';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { FailureCode } from '../domain/failure.js';
import type { PayableQrType, Payment, SettledBy } from '../domain/payment.js';
import type { FormValue, ServiceForm } from '../domain/service-form.js';
import type { PaymentStatus } from '../domain/transitions.js';

/** One customer’s payment for a purchase. Source: regulation 4.1 to 4.3, R33, R35. */
@Entity('qr_payments')
export class PaymentEntity {
  /** `mppPaymentId`: a UUIDv7. */
  @PrimaryColumn('uuid') id!: PaymentId;
  /** The PS’s `paymentId`, which names the purchase. */
  @Column('text') kaspiPaymentId!: KaspiPaymentId;
  @Column('text') customerId!: CustomerId;
  @Column('text') qrCodeType!: PayableQrType;
  /** One of PAYMENT_STATUSES (transitions.ts). */
  @Column('text') status!: PaymentStatus;
  /** Incremented by every change. */
  @Column('int', { default: 0 }) version!: number;
  /** Tiyn; null until it is known. */
  @Column('bigint', { nullable: true, transformer: moneyColumn }) amount!: Money | null;
  /** Tiyn; the amount that the customer saw, if another customer’s scan has changed it since (R43). */
  @Column('bigint', { nullable: true, transformer: moneyColumn }) seenAmount!: Money | null;
  /** Tiyn; the sum of the accepted refunds. */
  @Column('bigint', { default: 0, transformer: moneyColumn }) refundedAmount!: Money;
  /** The debited account. */
  @Column('uuid', { nullable: true }) accountId!: AccountId | null;
  /** The PS’s deadline (`canConfirmUntil`); null if it named none (R8). */
  @Column('timestamptz', { nullable: true }) confirmUntil!: Date | null;
  /** The PS’s last answer to scan or checkout (R16). */
  @Column('timestamptz') answeredAt!: Date;
  /** The last moment for a confirm, margin included (R16); null once the payment cannot be confirmed. */
  @Column('timestamptz', { nullable: true }) expiresAt!: Date | null;
  @Column('text', { nullable: true }) merchantId!: string | null;
  @Column('text', { nullable: true }) merchantName!: string | null;
  @Column('text', { nullable: true }) merchantMcc!: string | null;
  /** Custom only: the form as the PS sent it. */
  @Column('json', { nullable: true }) service!: ServiceForm | null;
  /** Custom only: the values of checkout, frozen before it is sent (R37). */
  @Column('json', { nullable: true }) formValues!: FormValue[] | null;
  /** One of FAILURE_CODES (failure.ts), for the customer; null unless the payment failed. */
  @Column('text', { nullable: true }) failureCode!: FailureCode | null;
  /** The PS’s refusal, if that is the failure. */
  @Column('text', { nullable: true }) kaspiResultCode!: string | null;
  /** The result for the PS, decided once (R35). */
  @Column('text', { nullable: true }) notifyResult!: NotifyResult | null;
  /** The request of a debit from an external core; null with the own ledger, and after a refusal. */
  @Column('timestamptz', { nullable: true }) debitRequestedAt!: Date | null;
  @Column('timestamptz', { nullable: true }) debitedAt!: Date | null;
  @Column('timestamptz', { nullable: true }) confirmedAt!: Date | null;
  /** KASPI, OPERATOR, REFUND (R19), REGISTRY (R34) or DEADLINE (R16); null until the payment is settled. */
  @Column('text', { nullable: true }) settledBy!: SettledBy | null;
  /** When the payment became IN_DOUBT (R12); it stays. */
  @Column('timestamptz', { nullable: true }) doubtedAt!: Date | null;
  /** A result code of the PS that contradicts the settled payment (R36). */
  @Column('text', { nullable: true }) contradictedBy!: string | null;
  @Column('timestamptz', { nullable: true }) contradictedAt!: Date | null;
  @Column('timestamptz') createdAt!: Date;
  @Column('timestamptz') updatedAt!: Date;
}

// Written out: the money path reads every payment through it, and copying with `...rest` takes ten times as long.
export function toPayment(entity: PaymentEntity): Payment {
  const { merchantId: id, merchantName: name, merchantMcc: mcc, failureCode: code, kaspiResultCode } = entity;
  const { contradictedBy, contradictedAt } = entity;
  return {
    id: entity.id,
    kaspiPaymentId: entity.kaspiPaymentId,
    customerId: entity.customerId,
    qrCodeType: entity.qrCodeType,
    status: entity.status,
    version: entity.version,
    amount: entity.amount,
    seenAmount: entity.seenAmount,
    refundedAmount: entity.refundedAmount,
    accountId: entity.accountId,
    confirmUntil: entity.confirmUntil,
    answeredAt: entity.answeredAt,
    expiresAt: entity.expiresAt,
    merchant: id === null && name === null && mcc === null ? null : { id, name, mcc },
    service: entity.service,
    formValues: entity.formValues,
    failure: code === null ? null : { code, kaspiResultCode },
    notifyResult: entity.notifyResult,
    debitRequestedAt: entity.debitRequestedAt,
    debitedAt: entity.debitedAt,
    doubtedAt: entity.doubtedAt,
    confirmedAt: entity.confirmedAt,
    settledBy: entity.settledBy,
    contradiction: contradictedAt === null ? null : { resultCode: contradictedBy ?? '', at: contradictedAt },
    createdAt: entity.createdAt,
    updatedAt: entity.updatedAt,
  };
}
