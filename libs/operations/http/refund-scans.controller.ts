import { type AuditEntry, AuditTrail, ForTeams } from '@mpp/access';
import { ApiNullable, ApiProblems, decodeCursor, FilterText, PageQuery, PageType, pageOf } from '@mpp/platform';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { FilterCustomer } from './filters.js';

export class RefundScanQuery extends PageQuery {
  @FilterText(200, 'Only scans that the PS answered with this refundId') refundId?: string;
  @FilterCustomer() customerId?: string;
}

export class RefundScanDto {
  @ApiProperty({ type: Date, example: '2026-02-19T09:53:02.101Z' }) at!: Date;

  @ApiProperty({
    example: 'QR150895463',
    description: 'From the answer to the scan; a later refund may have another one (R31)',
  })
  refundId!: string;

  @ApiNullable(String, '900900000001') customerId!: string | null;

  @ApiNullable(String, '019b1f7e-5b42-7d40-8b66-1e8bad2c3f55', 'X-Request-ID of the scan, for inquiries at Kaspi')
  requestId!: string | null;
}

export class RefundScanPageDto extends PageType(RefundScanDto) {}

/** Scans of refund QR codes, for inquiries of customers. */
@ApiTags('Refunds')
@ForTeams('support', 'operations')
@Controller('ops/v1/refund-scans')
export class RefundScansController {
  constructor(private readonly trail: AuditTrail) {}

  @Get()
  @ApiOperation({ summary: 'Scans of refund QR codes, newest first' })
  @ApiOkResponse({ type: RefundScanPageDto })
  @ApiProblems('VALIDATION_FAILED')
  async list(@Query() { refundId, customerId, limit, cursor }: RefundScanQuery): Promise<RefundScanPageDto> {
    const filter = { action: 'REFUND_QR_SCANNED', subject: refundId, customerId };
    const lines = await this.trail.listActions(filter, limit + 1, decodeCursor(cursor, 'number'));
    return pageOf(lines, limit, ({ at, id }) => ({ at, id }), refundScanDto);
  }
}

function refundScanDto({ at, subject: refundId, customerId, details }: AuditEntry): RefundScanDto {
  const { requestId = null } = (details ?? {}) as { requestId?: string };
  return { at, refundId, customerId, requestId };
}
