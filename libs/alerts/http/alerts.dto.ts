import { PageQuery } from '@mpp/platform';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
import { ALERT_KINDS, ALERTS, type Alert, type AlertKind } from '../domain/alert.js';

export class AlertQuery extends PageQuery {
  @ApiPropertyOptional({ enum: ALERT_KINDS, description: 'Only those of this kind' })
  @IsOptional()
  @IsIn(ALERT_KINDS)
  kind?: AlertKind;

  @ApiPropertyOptional({
    maxLength: 200,
    description: 'Only those about this: our id of a payment, a refundId, a row of the books',
  })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Matches(/^[^\p{Cc}]*$/u)
  subject?: string;
}

export class AlertDto {
  @ApiProperty({ example: '17', description: 'Grows along the list' })
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

  @ApiProperty({ type: String, nullable: true, example: '900900000001' })
  customerId!: string | null;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true, example: null })
  details!: object | null;

  @ApiProperty({ type: Date, example: '2026-02-19T09:53:02.101Z' })
  raisedAt!: Date;
}

export class AlertPageDto {
  @ApiProperty({ type: [AlertDto] })
  items!: AlertDto[];

  @ApiProperty({ type: String, nullable: true, example: null, description: 'Null on the last page' })
  nextCursor!: string | null;
}

export function alertDto({ id, kind, subject, customerId = null, details = null, raisedAt }: Alert): AlertDto {
  return { id, kind, meaning: ALERTS[kind], subject, customerId, details, raisedAt };
}
