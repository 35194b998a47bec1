import { ApiNullable, decodeCursor, FilterOneOf, PageQuery, PageType, pageOf, pick } from '@mpp/platform';
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

export class DiscrepancyDto {
  @ApiProperty({ example: '17', description: 'The order of the list' })
  id!: string;

  @ApiProperty({ example: EXAMPLE_REGISTRY_ID })
  registryId!: string;

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
  };
}

export function discrepancyDetailsDto(discrepancy: Discrepancy, history: DiscrepancyChange[]): DiscrepancyDetailsDto {
  return {
    ...discrepancyDto(discrepancy),
    history: history.map((change) => pick(change, 'at', 'actor', 'status', 'note')),
  };
}
