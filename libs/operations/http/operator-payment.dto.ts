import { PageType } from '@mpp/platform';
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
  @ApiProperty({ enum: FAILURE_CODES, example: 'KASPI_REFUSED' })
  code!: string;

  @ApiProperty({ type: String, nullable: true, example: 'INVALID_MERCHANT', description: 'Where the PS refused' })
  kaspiResultCode!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'Something is wrong with the shop at Kaspi.' })
  meaning!: string | null;
}

export class ContradictionDto {
  @ApiProperty({ example: 'SUCCESS' })
  resultCode!: string;

  @ApiProperty({ type: Date, example: '2026-02-19T10:53:02.101Z' })
  at!: Date;

  @ApiProperty({ example: 'Done.', description: 'What the code means' })
  meaning!: string;
}

/** A payment in a list. Absent parts are null. */
export class OperatorPaymentDto {
  @ApiProperty({
    example: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44',
    description: 'The PS knows it as mppPaymentId',
  })
  id!: string;

  @ApiProperty({ example: '379eb787-1a36-4096-ac39-4f3006e26a19', description: 'The PS’s paymentId of the purchase' })
  kaspiPaymentId!: string;

  @ApiProperty({ example: '900900000001' })
  customerId!: string;

  @ApiProperty({ enum: ['Dynamic', 'Static', 'Custom'], example: 'Dynamic' })
  qrCodeType!: string;

  @ApiProperty({ enum: PAYMENT_STATUSES, example: 'CONFIRMED' })
  status!: PaymentStatus;

  @ApiProperty({ type: String, nullable: true, example: '100.00' })
  amount!: string | null;

  @ApiProperty({ example: 'KZT' })
  currency!: string;

  @ApiProperty({ example: '0.00' })
  refundedAmount!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: '019b1f7e-0000-7000-8000-5a1d2c3b4e5f',
    description: 'The account that was debited',
  })
  accountId!: string | null;

  @ApiProperty({ type: MerchantDto, nullable: true })
  merchant!: MerchantDto | null;

  @ApiProperty({ type: PaymentFailureDto, nullable: true, example: null })
  failure!: PaymentFailureDto | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'SUCCESS',
    description: 'What the PS is told, decided once (R35)',
  })
  notifyResult!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'KASPI',
    description:
      'Who said how it ended: KASPI, OPERATOR, REFUND, REGISTRY; DEADLINE where the bank’s core was too late (R16)',
  })
  settledBy!: string | null;

  @ApiProperty({
    type: ContradictionDto,
    nullable: true,
    example: null,
    description: 'What the PS said after the payment had been settled otherwise: a difference to be found out (R36)',
  })
  contradiction!: ContradictionDto | null;

  @ApiProperty({ type: Date, nullable: true, example: '2026-02-19T09:53:01.700Z' })
  debitedAt!: Date | null;

  @ApiProperty({ type: Date, nullable: true, example: null, description: 'It stays when the doubt is over (R12)' })
  doubtedAt!: Date | null;

  @ApiProperty({ type: Date, nullable: true, example: '2026-02-19T09:53:02.101Z' })
  confirmedAt!: Date | null;

  @ApiProperty({ type: Date, nullable: true, example: '2026-02-19T09:57:41.000Z', description: 'The PS’s deadline' })
  confirmUntil!: Date | null;

  @ApiProperty({
    type: Date,
    nullable: true,
    example: null,
    description: 'The last moment at which a confirm is taken, while one is waited for (R16)',
  })
  expiresAt!: Date | null;

  @ApiProperty({ type: String, nullable: true, example: 'QR2509507857', description: 'As the PS’s registry names it' })
  kaspiOperationId!: string | null;

  @ApiProperty({ type: ReceiptDto, nullable: true, description: 'As the PS sent it' })
  receipt!: ReceiptDto | null;

  @ApiProperty({ type: Date, example: '2026-02-19T09:52:41.033Z' })
  createdAt!: Date;

  @ApiProperty({ type: Date, example: '2026-02-19T09:53:02.101Z' })
  updatedAt!: Date;
}

export class OperatorPaymentPageDto extends PageType(OperatorPaymentDto) {}

/** What operations read beside a code of the PS. */
export function meaningDto(resultCode: string | null): string | null {
  return resultCode === null ? null : meaningOfResultCode(resultCode).operations;
}

function contradictionMeaning(resultCode: string): string {
  return resultCode === CONTRADICTED_BY_REFUND
    ? 'Kaspi refunded it, so it has the purchase.'
    : meaningOfResultCode(resultCode).operations;
}

export function operatorPaymentDto({ payment, receipt }: PaymentView): OperatorPaymentDto {
  const { failure, contradiction } = payment;
  return {
    id: payment.id,
    kaspiPaymentId: payment.kaspiPaymentId,
    customerId: payment.customerId,
    qrCodeType: payment.qrCodeType,
    status: payment.status,
    amount: payment.amount?.toString() ?? null,
    currency: 'KZT',
    refundedAmount: payment.refundedAmount.toString(),
    accountId: payment.accountId,
    merchant: payment.merchant,
    failure: failure && {
      code: failure.code,
      kaspiResultCode: failure.kaspiResultCode,
      meaning: meaningDto(failure.kaspiResultCode),
    },
    notifyResult: payment.notifyResult,
    settledBy: payment.settledBy,
    contradiction: contradiction && { ...contradiction, meaning: contradictionMeaning(contradiction.resultCode) },
    debitedAt: payment.debitedAt,
    doubtedAt: payment.doubtedAt,
    confirmedAt: payment.confirmedAt,
    confirmUntil: payment.confirmUntil,
    expiresAt: payment.expiresAt,
    kaspiOperationId: receipt?.kaspiOperationId ?? null,
    receipt: receipt && { linkReceipt: receipt.linkReceipt, pdfReceipt: receipt.pdfReceipt },
    createdAt: payment.createdAt,
    updatedAt: payment.updatedAt,
  };
}
