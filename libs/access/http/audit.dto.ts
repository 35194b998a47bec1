import { PageQuery } from '@mpp/platform';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length, Matches } from 'class-validator';
import { AUDIT_ACTIONS } from '../domain/audit.js';

const NO_CONTROL_CHARACTERS = /^[^\p{Cc}]*$/u;

export class AuditQuery extends PageQuery {
  @ApiPropertyOptional({ example: AUDIT_ACTIONS[0], maxLength: 64, description: 'What was done' })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  @Matches(NO_CONTROL_CHARACTERS)
  action?: string;

  @ApiPropertyOptional({
    example: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44',
    maxLength: 200,
    description: 'What it was done to: the id of a payment, a message, a refund',
  })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Matches(NO_CONTROL_CHARACTERS)
  subject?: string;

  @ApiPropertyOptional({ example: '900900000001', maxLength: 12, description: 'Whom it concerned' })
  @IsOptional()
  @IsString()
  @Length(1, 12)
  @Matches(NO_CONTROL_CHARACTERS)
  customerId?: string;
}

export class AuditEntryDto {
  @ApiProperty({ example: '17', description: 'Grows along the trail' })
  id!: string;

  @ApiProperty({ type: Date, example: '2026-02-19T09:53:02.101Z' })
  at!: Date;

  @ApiProperty({ example: 'aigerim', description: 'The claim sub of the token; unnamed where it has none' })
  actor!: string;

  @ApiProperty({ example: AUDIT_ACTIONS[0], description: `Among others: ${AUDIT_ACTIONS.join(', ')}` })
  action!: string;

  @ApiProperty({ example: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44' })
  subject!: string;

  @ApiProperty({ type: String, nullable: true, example: '900900000001' })
  customerId!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'Confirmed by the PS by telephone, case 4711' })
  reason!: string | null;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true, example: { outcome: 'CONFIRMED' } })
  details!: object | null;
}

export class AuditPageDto {
  @ApiProperty({ type: [AuditEntryDto] })
  items!: AuditEntryDto[];

  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
}
