import { ApiNullable } from '@mpp/platform';
import { ApiProperty } from '@nestjs/swagger';
import {
  ACCOUNT_KINDS,
  type AccountKind,
  CHART,
  ENTRY_PURPOSES,
  type EntryPurpose,
  PURPOSES,
  SHARED_ACCOUNTS,
} from '../domain/chart.js';

export const NORMAL_SIDES = ['DEBIT', 'CREDIT'] as const;

export class ChartAccountDto {
  @ApiProperty({ enum: ACCOUNT_KINDS, example: 'IN_TRANSIT' })
  kind!: AccountKind;

  @ApiProperty({ example: CHART.IN_TRANSIT.meaning })
  meaning!: string;

  @ApiProperty({ enum: NORMAL_SIDES, example: 'CREDIT', description: 'The side on which its balance is positive' })
  normalSide!: string;

  @ApiNullable(String, SHARED_ACCOUNTS.IN_TRANSIT, 'Of a shared account; null for the accounts of customers')
  accountId!: string | null;
}

export class ChartPurposeDto {
  @ApiProperty({ enum: ENTRY_PURPOSES, example: 'SETTLEMENT' })
  purpose!: EntryPurpose;

  @ApiProperty({ example: PURPOSES.SETTLEMENT })
  meaning!: string;
}

export class ChartDto {
  @ApiProperty({ type: [ChartAccountDto] })
  accounts!: ChartAccountDto[];

  @ApiProperty({ type: [ChartPurposeDto], description: 'The purposes of entries' })
  purposes!: ChartPurposeDto[];
}

export function chartDto(): ChartDto {
  const shared: Readonly<Partial<Record<AccountKind, string>>> = SHARED_ACCOUNTS;
  return {
    accounts: ACCOUNT_KINDS.map((kind) => ({ kind, ...CHART[kind], accountId: shared[kind] ?? null })),
    purposes: ENTRY_PURPOSES.map((purpose) => ({ purpose, meaning: PURPOSES[purpose] })),
  };
}
