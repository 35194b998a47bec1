import { ApiMoment, ApiNullable, FilterText, PageQuery, PageType } from '@mpp/platform';
import { ApiProperty } from '@nestjs/swagger';
import { AUDIT_ACTIONS } from '../domain/audit.js';

export class AuditQuery extends PageQuery {
  @FilterText(64, 'What was done', AUDIT_ACTIONS[0])
  action?: string;

  @FilterText(200, 'The id of the payment, message or refund', '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44')
  subject?: string;

  @FilterText(12, 'The customer concerned', '900900000001')
  customerId?: string;
}

export class AuditEntryDto {
  @ApiProperty({ example: '17', description: 'Increasing' })
  id!: string;

  @ApiMoment() at!: Date;

  @ApiProperty({ example: 'aigerim', description: 'The claim sub of the token; unnamed if it has none' })
  actor!: string;

  @ApiProperty({ example: AUDIT_ACTIONS[0], description: `Among others: ${AUDIT_ACTIONS.join(', ')}` })
  action!: string;

  @ApiProperty({ example: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44' })
  subject!: string;

  @ApiNullable(String, '900900000001') customerId!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'Confirmed by the PS by telephone, case 4711' })
  reason!: string | null;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true, example: { outcome: 'CONFIRMED' } })
  details!: object | null;
}

export class AuditPageDto extends PageType(AuditEntryDto) {}
