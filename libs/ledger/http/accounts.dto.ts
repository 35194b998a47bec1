import { IsAmount } from '@mpp/platform';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length, Matches } from 'class-validator';
import { ACCOUNT_KINDS, type AccountKind, ENTRY_PURPOSES } from '../domain/chart.js';

const NO_CONTROL_CHARACTERS = /^[^\p{Cc}]*$/u;

export class AccountDto {
  @ApiProperty({ example: '019b1f7e-0000-7000-8000-5a1d2c3b4e5f' })
  id!: string;

  @ApiProperty({ example: 'Основной счёт' })
  name!: string;

  @ApiProperty({ example: 'KZT' })
  currency!: string;

  @ApiProperty({ example: '100000.00' })
  balance!: string;
}

export class OpenAccountDto {
  @ApiProperty({ example: '900900000002', minLength: 1, maxLength: 12 })
  @IsString()
  @Length(1, 12)
  customerId!: string;

  @ApiProperty({ example: 'Основной счёт', minLength: 1, maxLength: 100 })
  @IsString()
  @Length(1, 100)
  @Matches(NO_CONTROL_CHARACTERS)
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
  @IsString()
  @Length(1, 128)
  @Matches(NO_CONTROL_CHARACTERS)
  reference!: string;
}

export class LedgerAccountDto {
  @ApiProperty({ example: '00000000-0000-7000-8000-000000000002' })
  id!: string;

  @ApiProperty({ enum: ACCOUNT_KINDS, example: 'IN_TRANSIT' })
  kind!: AccountKind;

  @ApiProperty({ example: 'Debited, and the PS has not answered yet' })
  meaning!: string;

  @ApiProperty({ type: String, nullable: true, example: null })
  customerId!: string | null;

  @ApiProperty({ example: 'In transit' })
  name!: string;

  @ApiProperty({ example: 'KZT' })
  currency!: string;

  @ApiProperty({ enum: ['OPEN', 'BLOCKED', 'CLOSED'] })
  status!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: null,
    description: 'Of customers; shared accounts stand in the trial balance',
  })
  balance!: string | null;
}

export class LedgerAccountPageDto {
  @ApiProperty({ type: [LedgerAccountDto] })
  items!: LedgerAccountDto[];

  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
}

export class EntryDto {
  @ApiProperty({ example: '1024', description: 'Grows along the journal' })
  id!: string;

  @ApiProperty({ enum: ENTRY_PURPOSES })
  purpose!: string;

  @ApiProperty({
    example: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44',
    description: 'The payment, or the deposit’s reference',
  })
  reference!: string;

  @ApiProperty({ example: '019b1f7e-0000-7000-8000-5a1d2c3b4e5f' })
  debitAccountId!: string;

  @ApiProperty({ example: '00000000-0000-7000-8000-000000000002' })
  creditAccountId!: string;

  @ApiProperty({ example: '100.00' })
  amount!: string;

  @ApiProperty({ type: Date, example: '2026-02-19T09:53:02.101Z' })
  bookedAt!: Date;
}

export class EntryPageDto {
  @ApiProperty({ type: [EntryDto] })
  items!: EntryDto[];

  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
}

export class TrialBalanceLineDto {
  @ApiProperty({ enum: ACCOUNT_KINDS })
  account!: string;

  @ApiProperty({ example: '0.00' })
  debit!: string;

  @ApiProperty({ example: '100000.00' })
  credit!: string;
}

export class TrialBalanceDto {
  @ApiProperty({ example: true, description: 'Debits equal credits, and customers’ balances equal the journal' })
  balanced!: boolean;

  @ApiProperty({ type: [TrialBalanceLineDto] })
  lines!: TrialBalanceLineDto[];
}
