import type { Locale } from '@mpp/kernel';
import { ApiNullable } from '@mpp/platform';
import { ReceiptDto } from '@mpp/qr-payments';
import { localised } from '@mpp/receipts';
import { ApiProperty } from '@nestjs/swagger';
import type { Refund } from '../domain/refund.js';
import { statusShown } from '../domain/refund-status.js';

/** The contract's Refund, for the app and the participant's gateway. */
export class RefundDto {
  @ApiProperty({ example: 'Ref1234567', description: 'The PS’s id of the refund' }) refundId!: string;

  @ApiProperty({ example: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44', description: 'Our id of the payment' })
  paymentId!: string;

  @ApiProperty({ example: '100.00' }) amount!: string;
  @ApiProperty({ example: 'KZT' }) currency!: string;
  @ApiProperty({ enum: ['ACCEPTED', 'CREDITED'], example: 'CREDITED' }) status!: string;

  @ApiProperty({ type: Date, example: '2026-02-19T10:53:02.101Z', description: 'The deadline of the credit' })
  creditBy!: Date;

  @ApiNullable(Date, '2026-02-19T09:53:02.201Z') creditedAt!: Date | null;

  @ApiProperty({ type: ReceiptDto, nullable: true, description: 'In the caller’s language' })
  receipt!: ReceiptDto | null;

  @ApiProperty({ type: Date, example: '2026-02-19T09:53:02.101Z' }) createdAt!: Date;
}

export function refundDto(refund: Refund, locale: Locale): RefundDto {
  const { refundId, paymentId, amount, creditBy, creditedAt, createdAt } = refund;
  return {
    refundId,
    paymentId,
    amount: amount.toString(),
    currency: 'KZT',
    status: statusShown(refund.status),
    creditBy,
    creditedAt,
    receipt: refund.linkReceipt === null && refund.pdfReceipt === null ? null : localised(refund, locale),
    createdAt,
  };
}
