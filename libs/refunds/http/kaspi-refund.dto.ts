import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** Documents the body, which `readRefundBody` reads. */
export class RefundRequestDto {
  @ApiProperty({ maxLength: 12, example: '900900000001' }) customerId!: string;

  @ApiProperty({ maxLength: 64, example: 'abc1234567890', description: 'The PS’s id of the purchase' })
  paymentId!: string;

  @ApiProperty({ example: '100.00' }) refundAmount!: string;
  @ApiProperty({ maxLength: 64, example: 'Ref1234567', description: 'The PS’s id of the refund' }) refundId!: string;

  @ApiProperty({ example: 'https://receipt.kaspi.kz/ext?TranId=a3ffba1a-5add&sale_date=2024-01-10+14:24:09.646000' })
  linkReceipt!: string;

  @ApiPropertyOptional({
    example:
      'https://receipt-test.kaspi.kz/external/receipt/download/pdf?extTranId=QR2509509530&sale_date=2025-06-02+10:00:56.407',
  })
  pdfReceipt?: string;
}

export class RefundResultDto {
  @ApiProperty({ enum: ['SUCCESS', 'PARAM_ILLEGAL'], example: 'SUCCESS' }) resultCode!: string;
  @ApiProperty({ maxLength: 256, example: 'success' }) resultMessage!: string;
}

export class RefundAnswerDto {
  @ApiProperty({ type: RefundResultDto }) result!: RefundResultDto;
}
