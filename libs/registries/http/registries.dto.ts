import { formatTiyn, type Locale } from '@mpp/kernel';
import { ApiNullable, FilterOneOf, PageQuery, PageType, pick } from '@mpp/platform';
import { ApiProperty } from '@nestjs/swagger';
import type { StoredRowError } from '../domain/discrepancy.js';
import type { Registry, RegistrySource } from '../domain/registry.js';
import { adviceOn } from '../domain/registry-failure.js';
import { REGISTRY_KINDS, type RegistryKind } from '../domain/registry-row.js';
import { REGISTRY_STATUSES, type RegistryStatus } from '../domain/registry-status.js';
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
  @ApiProperty({ example: '2026-03-06', description: 'The first of its days (Almaty)' })
  from!: string;

  @ApiProperty({ example: '2026-03-08', description: 'The last of its days' })
  to!: string;
}

export class RegistrySumsDto {
  @ApiNullable(Number, 3, 'Operations') rows!: number | null;

  @ApiNullable(String, '20180.00', 'Payments minus refunds') amount!: string | null;

  @ApiNullable(String, '91.04') fee!: string | null;
}

export class RegistryDto {
  @ApiProperty({ example: EXAMPLE_REGISTRY_ID })
  id!: string;

  @ApiProperty({ enum: REGISTRY_KINDS, nullable: true, example: 'DAILY', description: 'Null before it is read' })
  kind!: RegistryKind | null;

  @ApiProperty({ enum: REGISTRY_STATUSES, example: 'RECONCILED' })
  status!: RegistryStatus;

  @ApiNullable(String, null, 'Why it is FAILED: a stable code, and its detail after a colon') failure!: string | null;

  @ApiNullable(String, null, 'What to do about it, in the caller’s language') advice!: string | null;

  @ApiProperty({ example: 3, description: 'Operations; while it is PROCESSING, those that are read' })
  rows!: number;

  @ApiProperty({ example: 3, description: 'Operations that the books have' })
  matched!: number;

  @ApiProperty({ example: 0, description: 'Discrepancies, open and closed' })
  discrepancies!: number;

  @ApiProperty({ example: 0, description: 'Open discrepancies' })
  openDiscrepancies!: number;

  @ApiProperty({ example: 0, description: 'Rows with cells that cannot be read' })
  rowErrors!: number;

  @ApiProperty({ type: RegistryPeriodDto, nullable: true })
  period!: RegistryPeriodDto | null;

  @ApiProperty({
    type: RegistrySumsDto,
    nullable: true,
    description: 'The sums of its rows that are not НЕТ',
  })
  sums!: RegistrySumsDto | null;

  @ApiProperty({
    type: RegistrySumsDto,
    nullable: true,
    description: 'The values of its row “Итоги”; null without one',
  })
  stated!: RegistrySumsDto | null;

  @ApiProperty({ example: 'Реестр_2026-03-10.xlsx' })
  name!: string;

  @ApiProperty({ example: 8342, description: 'Bytes' })
  size!: number;

  @ApiProperty({ enum: SOURCES, example: 'UPLOAD' })
  source!: RegistrySource;

  @ApiNullable(String, 'dana@bank.kz', 'The operator or the sender of the mail') receivedFrom!: string | null;

  @ApiProperty({ type: Date, example: '2026-03-11T04:00:12.101Z' })
  receivedAt!: Date;

  @ApiNullable(Date, '2026-03-11T04:00:13.404Z') reconciledAt!: Date | null;

  @ApiNullable(Date, null) acceptedAt!: Date | null;

  @ApiNullable(String, null) acceptedBy!: string | null;
}

export class RegistryPageDto extends PageType(RegistryDto) {}

const formatOrNull = (tiyn: bigint | null) => (tiyn === null ? null : formatTiyn(tiyn));

export function registryDto(registry: Registry, locale: Locale): RegistryDto {
  const { sums, stated } = registry;
  return {
    ...pick(registry, 'id', 'kind', 'status', 'failure', 'rows', 'matched', 'discrepancies', 'openDiscrepancies'),
    ...pick(registry, 'rowErrors', 'period', 'name', 'size', 'source', 'receivedFrom', 'receivedAt'),
    ...pick(registry, 'reconciledAt', 'acceptedAt', 'acceptedBy'),
    advice: adviceOn(registry.failure)?.[locale] ?? null,
    sums: sums && { rows: registry.rows, amount: formatTiyn(sums.amount), fee: formatTiyn(sums.fee) },
    stated: stated && { rows: stated.rows, amount: formatOrNull(stated.amount), fee: formatOrNull(stated.fee) },
  };
}

export class RowErrorDto {
  @ApiProperty({ example: '1', description: 'The order of the list' })
  id!: string;

  @ApiProperty({ example: 17, description: 'The number of the row in the sheet' })
  row!: number;

  @ApiProperty({ example: 'J' })
  column!: string;

  @ApiProperty({ example: 'Сумма Платежа, тенге' })
  header!: string;

  @ApiProperty({ example: '16 9OO,00', description: 'The content of the cell, at most 100 characters' })
  content!: string;

  @ApiProperty({ enum: Object.keys(ROW_PROBLEMS), example: 'NOT_A_NUMBER' })
  problem!: RowProblem;

  @ApiProperty({ example: ROW_PROBLEMS.NOT_A_NUMBER.ru, description: 'The problem in the caller’s language' })
  message!: string;
}

export class RowErrorPageDto extends PageType(RowErrorDto) {}

export function rowErrorDto(error: StoredRowError, locale: Locale): RowErrorDto {
  const message = ROW_PROBLEMS[error.problem][locale];
  return { ...pick(error, 'id', 'row', 'column', 'header', 'content', 'problem'), message };
}
