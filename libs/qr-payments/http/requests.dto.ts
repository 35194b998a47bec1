import { DEMO_QR_CODE } from '@mpp/kaspi';
import { IsAmount } from '@mpp/platform';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length, Matches } from 'class-validator';
import { PaymentDto } from '../api/payment.dto.js';

export class ScanRequestDto {
  @ApiProperty({
    minLength: 1,
    maxLength: 128,
    example: DEMO_QR_CODE,
    description:
      'Содержимое QR-кода, как есть / the QR’s content as it is. The example is a standing QR of the simulator',
  })
  @IsString()
  @Length(1, 128)
  @Matches(/^[^\p{Cc}]*$/u)
  qrCode!: string;
}

export class ScannedRefundDto {
  @ApiProperty({
    example: 'QR150895463',
    description: 'For the customer to read out; a later refund may carry another (R31)',
  })
  refundId!: string;
}

export class ScanAnswerDto {
  @ApiProperty({ enum: ['Dynamic', 'Static', 'Custom', 'Refund'] })
  qrCodeType!: string;

  @ApiPropertyOptional({ type: PaymentDto })
  payment?: PaymentDto;

  @ApiPropertyOptional({ type: ScannedRefundDto, description: 'Refund only: the shop goes on from here' })
  refund?: ScannedRefundDto;
}

export class ConfirmRequestDto {
  @ApiPropertyOptional({
    description: 'By our id or by the bank’s. Default: the preferred or the only one',
    example: undefined,
  })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  accountId?: string;

  @ApiPropertyOptional({ description: 'Static only, where it is required', example: undefined })
  @IsOptional()
  @IsAmount()
  amount?: string;

  @ApiPropertyOptional({
    example: '100.00',
    description:
      'What the customer was shown; another amount is not debited: 409. Default: the amount of the last answer to the app',
  })
  @IsOptional()
  @IsAmount()
  expectedAmount?: string;
}
