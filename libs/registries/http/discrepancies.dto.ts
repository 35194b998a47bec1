import { FilterOneOf, PageQuery, PageType } from '@mpp/platform';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
import {
  DISCREPANCIES,
  DISCREPANCY_KINDS,
  DISCREPANCY_STATUSES,
  type Discrepancy,
  type DiscrepancyChange,
  type DiscrepancyKind,
  type DiscrepancyStatus,
} from '../domain/discrepancy.js';
import { EXAMPLE_REGISTRY_ID } from './registries.dto.js';

const NOTE_LENGTH = 1000;

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
    maxLength: NOTE_LENGTH,
    example: 'Kaspi corrects it with the registry of tomorrow',
  })
  @IsOptional()
  @IsString()
  @Length(1, NOTE_LENGTH)
  @Matches(/^[^\0]*$/)
  note?: string | null;
}

export class DiscrepancyDto {
  @ApiProperty({ example: '17', description: 'Grows along the list' })
  id!: string;

  @ApiProperty({ example: EXAMPLE_REGISTRY_ID })
  registryId!: string;

  @ApiProperty({ enum: DISCREPANCY_KINDS, example: 'AMOUNT_MISMATCH' })
  kind!: DiscrepancyKind;

  @ApiProperty({ example: DISCREPANCIES.AMOUNT_MISMATCH })
  meaning!: string;

  @ApiProperty({ type: Number, nullable: true, example: 3, description: 'As a spreadsheet numbers it' })
  row!: number | null;

  @ApiProperty({ type: String, nullable: true, example: 'QR12345678' })
  kaspiOperationId!: string | null;

  @ApiProperty({ type: String, nullable: true, example: EXAMPLE_REGISTRY_ID, description: 'As the registry has it' })
  mppPaymentId!: string | null;

  @ApiProperty({ type: String, nullable: true, example: EXAMPLE_REGISTRY_ID, description: 'Ours, where it is known' })
  paymentId!: string | null;

  @ApiProperty({ type: String, nullable: true, example: '16900.00', description: 'What the books say' })
  expected!: string | null;

  @ApiProperty({ type: String, nullable: true, example: '16900.50', description: 'What the registry says' })
  actual!: string | null;

  @ApiProperty({
    enum: ['REVERSE'],
    nullable: true,
    example: null,
    description: 'What operations may want to do: resolve the payment as REVERSED',
  })
  proposal!: 'REVERSE' | null;

  @ApiProperty({ enum: DISCREPANCY_STATUSES, example: 'OPEN' })
  status!: DiscrepancyStatus;

  @ApiProperty({ type: String, nullable: true, example: null })
  note!: string | null;

  @ApiProperty({ type: Date, example: '2026-03-11T04:00:13.404Z' })
  foundAt!: Date;

  @ApiProperty({ type: Date, example: '2026-03-11T04:00:13.404Z' })
  changedAt!: Date;
}

export class DiscrepancyChangeDto {
  @ApiProperty({ type: Date, example: '2026-03-11T09:12:44.000Z' })
  at!: Date;

  @ApiProperty({ type: String, nullable: true, example: 'dana@bank.kz', description: 'Null where it came by itself' })
  actor!: string | null;

  @ApiProperty({ enum: DISCREPANCY_STATUSES, example: 'RESOLVED' })
  status!: DiscrepancyStatus;

  @ApiProperty({ type: String, nullable: true, example: 'Kaspi corrects it with the registry of tomorrow' })
  note!: string | null;
}

export class DiscrepancyStoryDto extends DiscrepancyDto {
  @ApiProperty({ type: [DiscrepancyChangeDto], description: 'What became of it, the oldest first' })
  history!: DiscrepancyChangeDto[];
}

export class DiscrepancyPageDto extends PageType(DiscrepancyDto) {}

export function discrepancyDto(discrepancy: Discrepancy): DiscrepancyDto {
  return { ...discrepancy, meaning: DISCREPANCIES[discrepancy.kind] };
}

export function discrepancyStoryDto(discrepancy: Discrepancy, history: DiscrepancyChange[]): DiscrepancyStoryDto {
  return { ...discrepancyDto(discrepancy), history };
}
