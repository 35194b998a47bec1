import { ApiNullable } from '@mpp/platform';
import { ApiProperty } from '@nestjs/swagger';

export class MeansOfPaymentDto {
  @ApiProperty({ example: '019b1f7e-0000-7000-8000-5a1d2c3b4e5f', description: 'For `accountId` of confirm' })
  id!: string;

  @ApiNullable(String, null, 'The bank’s id of the account, which confirm accepts too; null in the own ledger')
  coreAccountId!: string | null;

  @ApiProperty({ example: 'Основной счёт' })
  name!: string;

  @ApiProperty({ example: 'KZT' })
  currency!: string;

  @ApiProperty({ example: '100000.00' })
  balance!: string;

  @ApiProperty({ example: true, description: 'Debited if confirm names no account' })
  preferred!: boolean;
}

export class MeansOfPaymentListDto {
  @ApiProperty({ type: [MeansOfPaymentDto] })
  items!: MeansOfPaymentDto[];
}
