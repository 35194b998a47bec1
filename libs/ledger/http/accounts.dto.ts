import { BodyReason, BodyText, IsAmount, pick } from '@mpp/platform';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, Length } from 'class-validator';
import { ACCOUNT_STATUSES, type AccountStatus, type CustomerAccount } from '../domain/account.js';

export class AccountDto {
  @ApiProperty({ example: '019b1f7e-0000-7000-8000-5a1d2c3b4e5f' }) id!: string;
  @ApiProperty({ example: 'Основной счёт' }) name!: string;
  @ApiProperty({ example: 'KZT' }) currency!: string;
  @ApiProperty({ example: '100000.00' }) balance!: string;
}

export class OpenAccountDto {
  @ApiProperty({ example: '900900000002', minLength: 1, maxLength: 12 })
  @IsString()
  @Length(1, 12)
  customerId!: string;

  @BodyText(100, 'Основной счёт') name!: string;
}

export class DepositDto {
  @ApiProperty({ example: '1000.00' })
  @IsAmount()
  amount!: string;

  @BodyText(128, 'cash-desk-17', 'Once per account: repeated, it changes nothing') reference!: string;
}

export class AccountStatusRequestDto {
  @ApiProperty({ enum: ACCOUNT_STATUSES, example: 'OPEN' })
  @IsIn(ACCOUNT_STATUSES)
  status!: AccountStatus;

  @BodyReason('Order 17 of the security department is withdrawn', 'The reason, for the audit trail') reason!: string;
}

export function accountDto(account: CustomerAccount): AccountDto {
  return { ...pick(account, 'id', 'name', 'currency'), balance: account.balance.toString() };
}
