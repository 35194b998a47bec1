import { type CoreOperation, CoreOperationDto, coreOperationDto } from '@mpp/core-banking';
import { EXAMPLE_ACCOUNT_ID } from '@mpp/ledger';
import { ApiNullable, BodyReason, decodeCursor, FilterOneOf, PageQuery, PageType, pageOf, pick } from '@mpp/platform';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
import {
  DISCREPANCIES,
  DISCREPANCY_KINDS,
  DISCREPANCY_STATUSES,
  type Discrepancy,
  type DiscrepancyChange,
  type DiscrepancyFilter,
  type DiscrepancyKind,
  type DiscrepancyStatus,
  SETTLE_ACTIONS,
  type SettleAction,
} from '../domain/discrepancy.js';
import type { Discrepancies } from '../matching/discrepancies.service.js';
import { EXAMPLE_REGISTRY_ID } from './registries.dto.js';

const MAX_NOTE_LENGTH = 1000;

export class DiscrepancyQuery extends PageQuery {
  @FilterOneOf(DISCREPANCY_STATUSES)
  status?: DiscrepancyStatus;

  @FilterOneOf(DISCREPANCY_KINDS)
  kind?: DiscrepancyKind;
}

export class DiscrepancyChangeRequestDto {
  @ApiProperty({ enum: DISCREPANCY_STATUSES, example: 'RESOLVED' })
  @IsIn(DISCREPANCY_STATUSES)
  status!: DiscrepancyStatus;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    minLength: 1,
    maxLength: MAX_NOTE_LENGTH,
    example: 'Kaspi corrects it with the registry of tomorrow',
  })
  @IsOptional()
  @IsString()
  @Length(1, MAX_NOTE_LENGTH)
  @Matches(/^[^\0]*$/)
  note?: string | null;
}

export class SettleDiscrepancyRequestDto {
  @ApiProperty({
    enum: SETTLE_ACTIONS,
    example: 'TAKE_UP',
    description: 'Which action ends which discrepancy, and what it books: docs/accounting/differences.md',
  })
  @IsIn(SETTLE_ACTIONS)
  action!: SettleAction;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: EXAMPLE_ACCOUNT_ID,
    description:
      'An open account of the customer to debit or credit, at a bank’s core by our id or the bank’s. Without it no customer is debited',
  })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  accountId?: string | null;

  @BodyReason('Kaspi confirmed the purchase by letter 17/3', 'The reason, for the audit trail') reason!: string;
}

/** What an operator decided about a discrepancy. */
export class DiscrepancyActionDto {
  @ApiProperty({ enum: SETTLE_ACTIONS, example: 'TAKE_UP' }) action!: SettleAction;
  @ApiNullable(String, null) accountId!: string | null;
  @ApiProperty({ example: 'Kaspi confirmed the purchase by letter 17/3' }) reason!: string;
  @ApiProperty({ example: 'dana@bank.kz' }) by!: string;
  @ApiProperty({ type: Date, example: '2026-03-11T09:12:44.000Z' }) at!: Date;

  @ApiNullable(String, EXAMPLE_REGISTRY_ID, 'The reference of its journal entries; null if nothing was booked')
  reference!: string | null;
}

export class DiscrepancyDto {
  @ApiProperty({ example: '17', description: 'The order of the list' })
  id!: string;

  @ApiNullable(String, EXAMPLE_REGISTRY_ID, 'Null: an answer of Kaspi contradicts a settled payment')
  registryId!: string | null;

  @ApiProperty({ enum: DISCREPANCY_KINDS, example: 'AMOUNT_MISMATCH' })
  kind!: DiscrepancyKind;

  @ApiProperty({ example: DISCREPANCIES.AMOUNT_MISMATCH })
  meaning!: string;

  @ApiNullable(Number, 3, 'The number of the row in the sheet') row!: number | null;

  @ApiNullable(String, 'QR12345678') kaspiOperationId!: string | null;

  @ApiNullable(String, EXAMPLE_REGISTRY_ID, 'The value in the registry') mppPaymentId!: string | null;

  @ApiNullable(String, EXAMPLE_REGISTRY_ID, 'Our id; null if the books do not have the payment')
  paymentId!: string | null;

  @ApiNullable(String, '16900.00', 'The value in the books') expected!: string | null;

  @ApiNullable(String, '16900.50', 'The value in the registry') actual!: string | null;

  @ApiProperty({
    enum: ['REVERSE'],
    nullable: true,
    example: null,
    description: 'What operations may do: resolve the payment as REVERSED',
  })
  proposal!: 'REVERSE' | null;

  @ApiProperty({ enum: DISCREPANCY_STATUSES, example: 'OPEN' })
  status!: DiscrepancyStatus;

  @ApiNullable(String, null) note!: string | null;

  @ApiProperty({ type: DiscrepancyActionDto, nullable: true, description: 'What an operator decided last' })
  settlement!: DiscrepancyActionDto | null;

  @ApiProperty({ type: Date, example: '2026-03-11T04:00:13.404Z' })
  foundAt!: Date;

  @ApiProperty({ type: Date, example: '2026-03-11T04:00:13.404Z' })
  changedAt!: Date;
}

export class DiscrepancyChangeDto {
  @ApiProperty({ type: Date, example: '2026-03-11T09:12:44.000Z' })
  at!: Date;

  @ApiNullable(String, 'dana@bank.kz', 'Null: the server') actor!: string | null;

  @ApiProperty({ enum: DISCREPANCY_STATUSES, example: 'RESOLVED' })
  status!: DiscrepancyStatus;

  @ApiNullable(String, 'Kaspi corrects it with the registry of tomorrow') note!: string | null;
}

export class DiscrepancyDetailsDto extends DiscrepancyDto {
  @ApiProperty({
    type: [CoreOperationDto],
    description: 'What its settlement requests from the bank’s core: a debit is booked once the core has made it',
  })
  coreOperations!: CoreOperationDto[];

  @ApiProperty({ type: [DiscrepancyChangeDto], description: 'Its changes, oldest first' })
  history!: DiscrepancyChangeDto[];
}

export class DiscrepancyPageDto extends PageType(DiscrepancyDto) {}

/** A page of discrepancies in the order in which they were found. */
export async function discrepancyPage(
  discrepancies: Discrepancies,
  filter: DiscrepancyFilter,
  limit: number,
  cursor: string | undefined,
): Promise<DiscrepancyPageDto> {
  const after = decodeCursor(cursor, 'number')?.id ?? null;
  const found = await discrepancies.listDiscrepancies(filter, limit + 1, after);
  return pageOf(found, limit, ({ foundAt: at, id }) => ({ at, id }), discrepancyDto);
}

function discrepancyDto(discrepancy: Discrepancy): DiscrepancyDto {
  return {
    ...pick(discrepancy, 'id', 'registryId', 'kind', 'row', 'kaspiOperationId', 'mppPaymentId', 'paymentId'),
    ...pick(discrepancy, 'expected', 'actual', 'proposal', 'status', 'note', 'foundAt', 'changedAt'),
    meaning: DISCREPANCIES[discrepancy.kind],
    settlement: actionDto(discrepancy),
  };
}

function actionDto(discrepancy: Discrepancy): DiscrepancyActionDto | null {
  const { action, actionAccount: accountId, actionReason: reason, actionBy: by, actionAt: at } = discrepancy;
  if (action === null || reason === null || by === null || at === null) return null;
  return { action, accountId, reason, by, at, reference: discrepancy.adjustmentId };
}

export function discrepancyDetailsDto(
  discrepancy: Discrepancy,
  history: readonly DiscrepancyChange[],
  operations: readonly CoreOperation[],
): DiscrepancyDetailsDto {
  return {
    ...discrepancyDto(discrepancy),
    coreOperations: operations.map(coreOperationDto),
    history: history.map((change) => pick(change, 'at', 'actor', 'status', 'note')),
  };
}
