import { ApiMoment, ApiNullable, PageType, pick } from '@mpp/platform';
import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import type { RefundDetailsView } from '../details/refund-details.service.js';
import { OperatorRefundDto, operatorRefundDto } from './operator-refund.dto.js';
import { SharedRecordsDto, sharedRecordsDto } from './shared-records.dto.js';

export class RefundCallDto {
  @ApiMoment() receivedAt!: Date;
  @ApiProperty({ example: '019b1f7e-5b42-7d40-8b66-1e8bad2c3f55', description: 'X-Request-ID' }) requestId!: string;
  @ApiProperty({ example: 200 }) httpStatus!: number;
  @ApiProperty({ example: 'SUCCESS' }) resultCode!: string;
  @ApiNullable(String, 'REPEATED') remark!: string | null;
  @ApiNullable(String, '{"refundId":"Ref1234567","customerId":"9009*****"}') body!: string | null;
}

/** A call that was answered with PARAM_ILLEGAL. */
export class RefusedCallDto extends RefundCallDto {
  @ApiNullable(String, 'Ref1234567', 'Null if the body has no readable one') refundId!: string | null;
}

export class RefusedCallPageDto extends PageType(RefusedCallDto) {}

export class RefundAlertDto {
  @ApiProperty({ example: 'REFUND_HALF_TIME' }) kind!: string;
  @ApiProperty({ type: Date, example: '2026-02-19T10:23:02.101Z' }) raisedAt!: Date;
}

/** Everything on record about a refund. Each list is oldest first. */
export class RefundDetailsDto extends IntersectionType(OperatorRefundDto, SharedRecordsDto) {
  @ApiProperty({ type: [RefundCallDto], description: 'Calls of the PS about the refund' }) calls!: RefundCallDto[];
  @ApiProperty({ type: [RefundAlertDto], description: 'Alerts about the refund' }) alerts!: RefundAlertDto[];
}

export function refundDetailsDto(details: RefundDetailsView, now: Date): RefundDetailsDto {
  return {
    ...operatorRefundDto(details, now),
    ...sharedRecordsDto(details),
    calls: details.calls.map((call) =>
      pick(call, 'receivedAt', 'requestId', 'httpStatus', 'resultCode', 'remark', 'body'),
    ),
    alerts: details.alerts.map((alert) => pick(alert, 'kind', 'raisedAt')),
  };
}
