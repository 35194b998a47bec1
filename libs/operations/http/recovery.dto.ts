import { ApiMoment, ApiNullable, BodyReason, pick } from '@mpp/platform';
import { PAYMENT_STATUSES, type Payment, type PaymentStatus } from '@mpp/qr-payments';
import { ApiProperty } from '@nestjs/swagger';
import type { RecoveryOverview } from '../recovery/recovery-overview.service.js';

export class RecoveringPaymentDto {
  @ApiProperty({ example: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44' }) id!: string;
  @ApiProperty({ example: '379eb787-1a36-4096-ac39-4f3006e26a19' }) kaspiPaymentId!: string;
  @ApiProperty({ example: '900900000001' }) customerId!: string;
  @ApiProperty({ enum: PAYMENT_STATUSES, example: 'PROCESSING' }) status!: PaymentStatus;
  @ApiNullable(String, '100.00') amount!: string | null;

  @ApiNullable(String, 'KASPI', 'What settled it; null while it is open or if it was never debited')
  settledBy!: string | null;

  @ApiProperty({ type: Date, example: '2026-02-19T09:52:41.033Z' }) createdAt!: Date;
  @ApiMoment() updatedAt!: Date;
}

export class OpenPaymentDto extends RecoveringPaymentDto {
  @ApiNullable(
    String,
    'DONE',
    'What the bank’s core says of the debit of a payment that waits for its customer: DONE, REFUSED, NEVER_SEEN or UNKNOWN',
  )
  debitAtCore!: string | null;
}

export class RecoveringRefundDto {
  @ApiProperty({ example: 'Ref1234567' }) refundId!: string;
  @ApiNullable(String, '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44') paymentId!: string | null;
  @ApiNullable(String, '100.00') amount!: string | null;
  @ApiProperty({ example: 'ACCEPTED' }) status!: string;
  @ApiNullable(Date, '2026-02-19T10:52:41.033Z') creditBy!: Date | null;
}

export class DeferredRefundDto {
  @ApiProperty({ example: 'Ref1234567' }) refundId!: string;
  @ApiNullable(String, 'UNKNOWN_PAYMENT', 'What it would be refused for') refusal!: string | null;
  @ApiNullable(String, null, 'The latest call, with the customer masked') body!: string | null;
  @ApiProperty({ type: Date, example: '2026-02-19T09:52:41.033Z' }) receivedAt!: Date;
}

export class RecoveryDto {
  @ApiProperty({ enum: ['NONE', 'ACTIVE', 'ENDED'], example: 'ACTIVE' }) status!: 'NONE' | 'ACTIVE' | 'ENDED';

  @ApiNullable(Date, '2026-02-19T09:00:00.000Z', 'The moment to which the database was restored')
  recoveredFrom!: Date | null;

  @ApiNullable(Date, '2026-02-19T09:40:00.000Z') startedAt!: Date | null;
  @ApiNullable(Date, null) endedAt!: Date | null;
  @ApiNullable(String, null) endedBy!: string | null;
  @ApiNullable(String, null) reason!: string | null;

  @ApiProperty({
    type: [OpenPaymentDto],
    description: 'Left: payments from before that are not final; the oldest 200',
  })
  openPayments!: OpenPaymentDto[];

  @ApiProperty({
    type: [RecoveringRefundDto],
    description: 'Left: refunds from before that are not credited; the oldest 200',
  })
  openRefunds!: RecoveringRefundDto[];

  @ApiProperty({
    type: [DeferredRefundDto],
    description:
      'Left: refunds of the PS of payments that are not known or not debited here. Each is answered 503, and repeated',
  })
  deferredRefunds!: DeferredRefundDto[];

  @ApiProperty({
    type: [RecoveringPaymentDto],
    description: 'Payments from before that became final since; the oldest 200',
  })
  closedPayments!: RecoveringPaymentDto[];
}

export class EndRecoveryDto {
  @BodyReason('the registries of 9 and 10 March agree', 'Why nothing is forgotten any more, for the audit trail')
  reason!: string;
}

export function recoveryDto(overview: RecoveryOverview): RecoveryDto {
  const { period, openPayments, openRefunds, deferredRefunds, closedPayments } = overview;
  return {
    status: period === null ? 'NONE' : period.endedAt === null ? 'ACTIVE' : 'ENDED',
    recoveredFrom: period?.recoveredFrom ?? null,
    startedAt: period?.startedAt ?? null,
    endedAt: period?.endedAt ?? null,
    endedBy: period?.endedBy ?? null,
    reason: period?.reason ?? null,
    openPayments: openPayments.map((payment) => ({ ...paymentDto(payment), debitAtCore: payment.debitAtCore })),
    openRefunds: openRefunds.map((refund) => ({
      ...pick(refund, 'refundId', 'paymentId', 'status', 'creditBy'),
      amount: refund.amount?.toString() ?? null,
    })),
    deferredRefunds: deferredRefunds.map(({ refundId, remark, body, receivedAt }) => ({
      ...{ refundId: refundId ?? '', refusal: remark },
      ...{ body, receivedAt },
    })),
    closedPayments: closedPayments.map(paymentDto),
  };
}

function paymentDto(payment: Payment): RecoveringPaymentDto {
  const amount = payment.amount?.toString() ?? null;
  return {
    ...pick(payment, 'id', 'kaspiPaymentId', 'customerId', 'status', 'settledBy', 'createdAt', 'updatedAt'),
    amount,
  };
}
