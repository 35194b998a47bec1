import { ApiMoment, ApiNullable, PageType, pick } from '@mpp/platform';
import {
  CONTRADICTED_BY_REFUND,
  FAILURE_CODES,
  MerchantDto,
  meaningOfResultCode,
  PAYMENT_STATUSES,
  type PaymentStatus,
  type PaymentView,
  ReceiptDto,
} from '@mpp/qr-payments';
import { ApiProperty } from '@nestjs/swagger';

export class PaymentFailureDto {
  @ApiProperty({ enum: FAILURE_CODES, example: 'KASPI_REFUSED' }) code!: string;
  @ApiNullable(String, 'INVALID_MERCHANT', 'If the PS refused') kaspiResultCode!: string | null;
  @ApiNullable(String, 'Something is wrong with the shop at Kaspi.') meaning!: string | null;
}

export class ContradictionDto {
  @ApiProperty({ example: 'SUCCESS' }) resultCode!: string;
  @ApiProperty({ type: Date, example: '2026-02-19T10:53:02.101Z' }) at!: Date;
  @ApiProperty({ example: 'Done.', description: 'The meaning of the result code' }) meaning!: string;
}

/** Absent parts are null. */
export class OperatorPaymentDto {
  @ApiProperty({
    example: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44',
    description: 'The PS’s mppPaymentId',
  })
  id!: string;

  @ApiProperty({ example: '379eb787-1a36-4096-ac39-4f3006e26a19', description: 'The PS’s paymentId of the purchase' })
  kaspiPaymentId!: string;

  @ApiProperty({ example: '900900000001' }) customerId!: string;
  @ApiProperty({ enum: ['Dynamic', 'Static', 'Custom'], example: 'Dynamic' }) qrCodeType!: string;
  @ApiProperty({ enum: PAYMENT_STATUSES, example: 'CONFIRMED' }) status!: PaymentStatus;
  @ApiNullable(String, '100.00') amount!: string | null;
  @ApiProperty({ example: 'KZT' }) currency!: string;
  @ApiProperty({ example: '0.00' }) refundedAmount!: string;
  @ApiNullable(String, '019b1f7e-0000-7000-8000-5a1d2c3b4e5f', 'The debited account') accountId!: string | null;
  @ApiProperty({ type: MerchantDto, nullable: true }) merchant!: MerchantDto | null;
  @ApiNullable(PaymentFailureDto, null) failure!: PaymentFailureDto | null;
  @ApiNullable(String, 'SUCCESS', 'The result for the PS, decided once (R35)') notifyResult!: string | null;

  @ApiNullable(
    String,
    'KASPI',
    'Who settled the payment: KASPI, OPERATOR, REFUND, REGISTRY; DEADLINE if the bank’s core was too late (R16)',
  )
  settledBy!: string | null;

  @ApiNullable(
    ContradictionDto,
    null,
    'An answer of the PS that contradicts the settled payment: a difference to investigate (R36)',
  )
  contradiction!: ContradictionDto | null;

  @ApiNullable(Date, '2026-02-19T09:53:01.700Z') debitedAt!: Date | null;
  @ApiNullable(Date, null, 'Kept after the doubt is over (R12)') doubtedAt!: Date | null;
  @ApiNullable(Date, '2026-02-19T09:53:02.101Z') confirmedAt!: Date | null;
  @ApiNullable(Date, '2026-02-19T09:57:41.000Z', 'The PS’s deadline') confirmUntil!: Date | null;

  @ApiNullable(Date, null, 'The last moment for a confirm, while the payment waits for one (R16)')
  expiresAt!: Date | null;

  @ApiNullable(String, 'QR2509507857', 'The operation’s id in registries') kaspiOperationId!: string | null;

  @ApiProperty({ type: ReceiptDto, nullable: true, description: 'As received from the PS' })
  receipt!: ReceiptDto | null;

  @ApiProperty({ type: Date, example: '2026-02-19T09:52:41.033Z' }) createdAt!: Date;
  @ApiMoment() updatedAt!: Date;
}

export class OperatorPaymentPageDto extends PageType(OperatorPaymentDto) {}

/** The meaning of a result code for operators. */
export function codeMeaning(resultCode: string | null): string | null {
  return resultCode === null ? null : meaningOfResultCode(resultCode).operations;
}

function contradictionMeaning(resultCode: string): string {
  return resultCode === CONTRADICTED_BY_REFUND
    ? 'Kaspi refunded it, so it has the purchase.'
    : meaningOfResultCode(resultCode).operations;
}

export function operatorPaymentDto({ payment, receipt }: PaymentView): OperatorPaymentDto {
  const { amount, refundedAmount, failure, contradiction } = payment;
  return {
    ...pick(payment, 'id', 'kaspiPaymentId', 'customerId', 'qrCodeType', 'status', 'accountId', 'merchant'),
    ...pick(payment, 'notifyResult', 'settledBy', 'debitedAt', 'doubtedAt', 'confirmedAt', 'confirmUntil', 'expiresAt'),
    ...pick(payment, 'createdAt', 'updatedAt'),
    amount: amount?.toString() ?? null,
    currency: 'KZT',
    refundedAmount: refundedAmount.toString(),
    failure: failure && { ...pick(failure, 'code', 'kaspiResultCode'), meaning: codeMeaning(failure.kaspiResultCode) },
    contradiction: contradiction && { ...contradiction, meaning: contradictionMeaning(contradiction.resultCode) },
    kaspiOperationId: receipt?.kaspiOperationId ?? null,
    receipt: receipt && pick(receipt, 'linkReceipt', 'pdfReceipt'),
  };
}
