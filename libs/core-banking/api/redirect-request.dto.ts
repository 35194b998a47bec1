import { EXAMPLE_ACCOUNT_ID } from '@mpp/ledger';
import { BodyReason } from '@mpp/platform';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';

/** An operator's choice of another account for money that is owed to a customer. */
export class RedirectRequestDto {
  @ApiProperty({
    example: EXAMPLE_ACCOUNT_ID,
    description: 'An open account of the same customer; at a bank’s core the bank’s id is accepted too',
  })
  @IsString()
  @Length(1, 64)
  accountId!: string;

  @BodyReason('The customer has opened a new account, case 4712', 'The reason, for the audit trail') reason!: string;
}
