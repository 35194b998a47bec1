import { formatTiyn, type Locale } from '@mpp/kernel';
import { FilterOneOf, PageQuery, PageType } from '@mpp/platform';
import { ApiProperty } from '@nestjs/swagger';
import type { KeptRowError } from '../domain/discrepancy.js';
import { REGISTRY_STATUSES, type Registry, type RegistrySource, type RegistryStatus } from '../domain/registry.js';
import { REGISTRY_KINDS, type RegistryKind } from '../domain/registry-row.js';
import { ROW_PROBLEMS, type RowProblem } from '../domain/row-problem.js';

export const EXAMPLE_REGISTRY_ID = '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44';
const SOURCES = ['UPLOAD', 'MAIL', 'FOLDER', 'COMMAND'] as const;

export class RegistryQuery extends PageQuery {
  @FilterOneOf(REGISTRY_STATUSES)
  status?: RegistryStatus;

  @FilterOneOf(REGISTRY_KINDS)
  kind?: RegistryKind;
}

export class ReceivedDto {
  @ApiProperty({ example: EXAMPLE_REGISTRY_ID })
  id!: string;
}

export class RegistryPeriodDto {
  @ApiProperty({ example: '2026-03-06', description: 'The first of its days, by the calendar of Almaty' })
  from!: string;

  @ApiProperty({ example: '2026-03-08', description: 'The last one' })
  to!: string;
}

export class RegistrySumsDto {
  @ApiProperty({ type: Number, nullable: true, example: 3, description: 'Operations' })
  rows!: number | null;

  @ApiProperty({ type: String, nullable: true, example: '20180.00', description: 'Payments, refunds taken off' })
  amount!: string | null;

  @ApiProperty({ type: String, nullable: true, example: '91.04' })
  fee!: string | null;
}

export class RegistryDto {
  @ApiProperty({ example: EXAMPLE_REGISTRY_ID })
  id!: string;

  @ApiProperty({ enum: REGISTRY_KINDS, nullable: true, example: 'DAILY', description: 'Null until it is known' })
  kind!: RegistryKind | null;

  @ApiProperty({ enum: REGISTRY_STATUSES, example: 'RECONCILED' })
  status!: RegistryStatus;

  @ApiProperty({
    type: String,
    nullable: true,
    example: null,
    description: 'Why it is FAILED: a stable code, and behind a colon what it is about',
  })
  failure!: string | null;

  @ApiProperty({ example: 3, description: 'Operations; while it is PROCESSING those that are read' })
  rows!: number;

  @ApiProperty({ example: 3, description: 'Operations that the books know' })
  matched!: number;

  @ApiProperty({ example: 0, description: 'Differences, whatever has become of them' })
  discrepancies!: number;

  @ApiProperty({ example: 0, description: 'Differences that somebody has to look at' })
  openDiscrepancies!: number;

  @ApiProperty({ example: 0, description: 'Rows in which something cannot be read' })
  rowErrors!: number;

  @ApiProperty({ type: RegistryPeriodDto, nullable: true })
  period!: RegistryPeriodDto | null;

  @ApiProperty({
    type: RegistrySumsDto,
    nullable: true,
    description: 'What its rows sum up to, of what Kaspi confirmed',
  })
  sums!: RegistrySumsDto | null;

  @ApiProperty({ type: RegistrySumsDto, nullable: true, description: 'What its row “Итоги” says; null without one' })
  stated!: RegistrySumsDto | null;

  @ApiProperty({ example: 'Реестр_2026-03-10.xlsx' })
  name!: string;

  @ApiProperty({ example: 8342, description: 'Bytes' })
  size!: number;

  @ApiProperty({ enum: SOURCES, example: 'UPLOAD' })
  source!: RegistrySource;

  @ApiProperty({ type: String, nullable: true, example: 'dana@bank.kz', description: 'Who uploaded or sent it' })
  receivedFrom!: string | null;

  @ApiProperty({ type: Date, example: '2026-03-11T04:00:12.101Z' })
  receivedAt!: Date;

  @ApiProperty({ type: Date, nullable: true, example: '2026-03-11T04:00:13.404Z' })
  reconciledAt!: Date | null;

  @ApiProperty({ type: Date, nullable: true, example: null })
  acceptedAt!: Date | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  acceptedBy!: string | null;
}

export class RegistryPageDto extends PageType(RegistryDto) {}

const amountOf = (tiyn: bigint | null) => (tiyn === null ? null : formatTiyn(tiyn));

export function registryDto({ readTo: _, sums, stated, ...registry }: Registry): RegistryDto {
  return {
    ...registry,
    sums: sums && { rows: registry.rows, amount: formatTiyn(sums.amount), fee: formatTiyn(sums.fee) },
    stated: stated && { rows: stated.rows, amount: amountOf(stated.amount), fee: amountOf(stated.fee) },
  };
}

export class RowErrorDto {
  @ApiProperty({ example: '1', description: 'Grows along the list' })
  id!: string;

  @ApiProperty({ example: 17, description: 'As a spreadsheet numbers it' })
  row!: number;

  @ApiProperty({ example: 'J' })
  column!: string;

  @ApiProperty({ example: 'Сумма Платежа, тенге' })
  header!: string;

  @ApiProperty({ example: '16 9OO,00', description: 'What stood there, the first 100 characters' })
  content!: string;

  @ApiProperty({ enum: Object.keys(ROW_PROBLEMS), example: 'NOT_A_NUMBER' })
  problem!: RowProblem;

  @ApiProperty({ example: ROW_PROBLEMS.NOT_A_NUMBER.ru, description: 'The same in the caller’s language' })
  message!: string;
}

export class RowErrorPageDto extends PageType(RowErrorDto) {}

export function rowErrorDto(error: KeptRowError, locale: Locale): RowErrorDto {
  return { ...error, message: ROW_PROBLEMS[error.problem][locale] };
}
