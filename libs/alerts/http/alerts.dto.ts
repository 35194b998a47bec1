import { ApiMoment, ApiNullable, FilterOneOf, FilterText, PageQuery, PageType } from '@mpp/platform';
import { ApiProperty } from '@nestjs/swagger';
import { ALERT_KINDS, ALERTS, type Alert, type AlertKind } from '../domain/alert.js';

export class AlertQuery extends PageQuery {
  @FilterOneOf(ALERT_KINDS, 'Only alerts of this kind')
  kind?: AlertKind;

  @FilterText(200, 'Only alerts about this subject: our id of a payment, a refundId, a row of the books')
  subject?: string;
}

export class AlertDto {
  @ApiProperty({ example: '17', description: 'Increasing' })
  id!: string;

  @ApiProperty({ enum: ALERT_KINDS, example: 'REFUND_OVERDUE' })
  kind!: AlertKind;

  @ApiProperty({ example: ALERTS.REFUND_OVERDUE })
  meaning!: string;

  @ApiProperty({
    example: 'Ref1234567',
    description: 'Our id of a payment, the PS’s id of a refund, a row of the books',
  })
  subject!: string;

  @ApiNullable(String, '900900000001') customerId!: string | null;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true, example: null })
  details!: object | null;

  @ApiMoment() raisedAt!: Date;
}

export class AlertPageDto extends PageType(AlertDto) {}

export function alertDto({ id, kind, subject, customerId = null, details = null, raisedAt }: Alert): AlertDto {
  return { id, kind, meaning: ALERTS[kind], subject, customerId, details, raisedAt };
}
