import { IsAmount, IsSearchText, pick } from '@mpp/platform';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import type { CustomerAccount } from '../domain/account.js';

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

  @ApiProperty({ example: 'Основной счёт', minLength: 1, maxLength: 100 })
  @IsSearchText(100)
  name!: string;
}

export class DepositDto {
  @ApiProperty({ example: '1000.00' })
  @IsAmount()
  amount!: string;

  @ApiProperty({
    example: 'cash-desk-17',
    minLength: 1,
    maxLength: 128,
    description: 'Once per account: repeated, it changes nothing',
  })
  @IsSearchText(128)
  reference!: string;
}

export function accountDto(account: CustomerAccount): AccountDto {
  return { ...pick(account, 'id', 'name', 'currency'), balance: account.balance.toString() };
}
