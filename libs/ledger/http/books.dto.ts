import { formatTiyn } from '@mpp/kernel';
import { ApiMoment, ApiNullable, BodyReason, FilterInstant, PageType, pick } from '@mpp/platform';
import { ApiProperty } from '@nestjs/swagger';
import { ACCOUNT_STATUSES, type LedgerAccount } from '../domain/account.js';
import { ACCOUNT_KINDS, type AccountKind, CHART, ENTRY_PURPOSES, type EntryPurpose } from '../domain/chart.js';
import type { Entry } from '../domain/entry.js';
import type { TrialBalance } from '../domain/trial-balance.js';
import type { Verification } from '../domain/verification.js';
import { NORMAL_SIDES } from './chart.dto.js';

export class LedgerAccountDto {
  @ApiProperty({ example: '00000000-0000-7000-8000-000000000002' })
  id!: string;

  @ApiProperty({ enum: ACCOUNT_KINDS, example: 'IN_TRANSIT' })
  kind!: AccountKind;

  @ApiProperty({ example: CHART.IN_TRANSIT.meaning })
  meaning!: string;

  @ApiNullable(String, null) customerId!: string | null;

  @ApiNullable(String, null, 'Of a CORE_CUSTOMER: the account at the core') coreAccount!: string | null;

  @ApiProperty({ example: 'In transit' })
  name!: string;

  @ApiProperty({ example: 'KZT' })
  currency!: string;

  @ApiProperty({ enum: ACCOUNT_STATUSES })
  status!: string;

  @ApiNullable(
    String,
    null,
    'Of customers only; the balance of a shared account is in its own resource and in the trial balance',
  )
  balance!: string | null;
}

export class LedgerAccountPageDto extends PageType(LedgerAccountDto) {}

export class AccountBalanceDto extends LedgerAccountDto {
  @ApiProperty({
    type: String,
    example: '100.00',
    description: 'Positive on the account’s normal side',
  })
  override balance!: string;

  @ApiProperty({ enum: NORMAL_SIDES, example: 'CREDIT' })
  normalSide!: string;

  @ApiMoment('The moment of the balance') at!: Date;
}

export class MomentQuery {
  @FilterInstant('A moment of the past, entries booked at it included; without it, now')
  at?: string;
}

export class EntryDto {
  @ApiProperty({ example: '1024', description: 'Grows along the journal' })
  id!: string;

  @ApiProperty({ enum: ENTRY_PURPOSES })
  purpose!: EntryPurpose;

  @ApiProperty({
    example: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44',
    description: 'The payment, the refund, or the deposit’s reference; of a correction that of the corrected entry',
  })
  reference!: string;

  @ApiProperty({ example: '019b1f7e-0000-7000-8000-5a1d2c3b4e5f' })
  debitAccountId!: string;

  @ApiProperty({ example: '00000000-0000-7000-8000-000000000002' })
  creditAccountId!: string;

  @ApiProperty({ example: '100.00' })
  amount!: string;

  @ApiMoment() bookedAt!: Date;

  @ApiNullable(String, null, 'Of a correction: the corrected entry') corrects!: string | null;

  @ApiNullable(String, null, 'Of a correction: the reason') reason!: string | null;

  @ApiNullable(String, null, 'Of a correction: the operator') operator!: string | null;
}

export class EntryPageDto extends PageType(EntryDto) {}

export class CorrectionRequestDto {
  @BodyReason('The cash desk counted twice, note 17', 'The reason, for the journal and the audit trail')
  reason!: string;
}

export class TrialBalanceLineDto {
  @ApiProperty({ enum: ACCOUNT_KINDS })
  account!: AccountKind;

  @ApiProperty({ example: '0.00' })
  debit!: string;

  @ApiProperty({ example: '100000.00' })
  credit!: string;
}

export class TrialBalanceDto {
  @ApiProperty({
    example: true,
    description: 'Debits equal credits; without `at` also: the customers’ balances equal the journal',
  })
  balanced!: boolean;

  @ApiMoment('The moment of the balances') at!: Date;

  @ApiProperty({ type: [TrialBalanceLineDto] })
  lines!: TrialBalanceLineDto[];
}

export class SealHeadDto {
  @ApiProperty({ example: '17' })
  number!: string;

  @ApiProperty({ example: '3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea' })
  hash!: string;
}

export class VerificationDto {
  @ApiProperty({ example: '3' })
  id!: string;

  @ApiMoment() verifiedAt!: Date;

  @ApiProperty({ example: 1024, description: 'Sealed entries, each of which was compared' })
  entries!: number;

  @ApiProperty({ type: SealHeadDto, nullable: true, description: 'The last seal at that time, if any' })
  head!: SealHeadDto | null;

  @ApiProperty({ example: 0, description: 'Each fault raises an alert LEDGER_FAULT' })
  faults!: number;
}

export class VerificationPageDto extends PageType(VerificationDto) {}

export function ledgerAccountDto(account: LedgerAccount): LedgerAccountDto {
  return {
    ...pick(account, 'id', 'kind', 'customerId', 'coreAccount', 'name', 'currency', 'status'),
    meaning: CHART[account.kind].meaning,
    balance: account.balance === null ? null : formatTiyn(account.balance),
  };
}

export function accountBalanceDto(account: LedgerAccount, balance: bigint, at: Date): AccountBalanceDto {
  const { normalSide } = CHART[account.kind];
  return { ...ledgerAccountDto(account), balance: formatTiyn(balance), normalSide, at };
}

export function entryDto({ amount, ...entry }: Entry): EntryDto {
  return { ...entry, amount: amount.toString() };
}

export function trialBalanceDto({ balanced, lines, at }: TrialBalance & { at: Date }): TrialBalanceDto {
  const formatted = lines.map(({ account, debit, credit }) => ({
    account,
    debit: formatTiyn(debit),
    credit: formatTiyn(credit),
  }));
  return { balanced, at, lines: formatted };
}

export function verificationDto({ id, verifiedAt, entries, seal, hash, faults }: Verification): VerificationDto {
  const head = seal === null || hash === null ? null : { number: seal, hash };
  return { id, verifiedAt, entries: Number(entries), head, faults };
}
