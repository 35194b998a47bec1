import { ApiMoment, ApiNullable, PageType, pick } from '@mpp/platform';
import { ReceiptDto } from '@mpp/qr-payments';
import { isOverdue, REFUND_STATUSES, type RefundRecord, timeLeftMs } from '@mpp/refunds';
import { ApiProperty } from '@nestjs/swagger';

/** A decision about a refundId; of a refusal only the readable parts. Absent parts are null. */
export class OperatorRefundDto {
  @ApiProperty({ example: 'Ref1234567', description: 'The PS’s id of the refund' }) refundId!: string;

  @ApiProperty({
    enum: REFUND_STATUSES,
    example: 'CREDITED',
    description: 'SUSPENDED: owed, but no account of the customer takes money',
  })
  status!: string;

  @ApiProperty({ example: 'SUCCESS', description: 'Our answer to the PS' }) resultCode!: string;
  @ApiProperty({ example: 'success' }) resultMessage!: string;
  @ApiNullable(String, null, 'Why the request was refused') refusal!: string | null;
  @ApiNullable(String, '900900000001') customerId!: string | null;
  @ApiNullable(String, '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44') paymentId!: string | null;
  @ApiNullable(String, '379eb787-1a36-4096-ac39-4f3006e26a19') kaspiPaymentId!: string | null;
  @ApiNullable(String, '100.00') amount!: string | null;
  @ApiNullable(Date, '2026-02-19T10:53:02.101Z') creditBy!: Date | null;
  @ApiNullable(Number, 3599000, 'Until creditBy; below zero after that') timeLeftMs!: number | null;
  @ApiProperty({ example: false, description: 'The hour is over and the refund is not credited' }) overdue!: boolean;
  @ApiNullable(Date, null) suspendedAt!: Date | null;
  @ApiNullable(Date, '2026-02-19T09:53:02.201Z') creditedAt!: Date | null;

  @ApiNullable(
    String,
    '019b1f7e-0000-7000-8000-5a1d2c3b4e5f',
    'Null also if the refund was settled against a reversal, or money that an operator gave back (R19)',
  )
  creditedAccountId!: string | null;

  @ApiNullable(String, 'QR2509509530', 'The operation’s id in registries') kaspiOperationId!: string | null;

  @ApiProperty({ type: ReceiptDto, nullable: true, description: 'As received from the PS' })
  receipt!: ReceiptDto | null;

  @ApiNullable(Date, null, 'Since when a refusal is decided again once the PS repeats the request')
  recheckAt!: Date | null;

  @ApiNullable(Date, null, 'When operators took it up from a registry') takenUpAt!: Date | null;
  @ApiMoment() createdAt!: Date;
}

export class OperatorRefundPageDto extends PageType(OperatorRefundDto) {}

export function operatorRefundDto(record: RefundRecord, now: Date): OperatorRefundDto {
  const { amount, linkReceipt, pdfReceipt } = record;
  return {
    ...pick(record, 'refundId', 'status', 'resultCode', 'resultMessage', 'refusal', 'customerId', 'paymentId'),
    ...pick(record, 'kaspiPaymentId', 'creditBy', 'suspendedAt', 'creditedAt', 'creditedAccountId'),
    ...pick(record, 'kaspiOperationId', 'recheckAt', 'takenUpAt', 'createdAt'),
    amount: amount?.toString() ?? null,
    timeLeftMs: timeLeftMs(record, now),
    overdue: isOverdue(record, now),
    receipt: linkReceipt === null && pdfReceipt === null ? null : { linkReceipt, pdfReceipt },
  };
}
