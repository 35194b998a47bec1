import { type AuditEntry, AuditTrail, ForTeams } from '@mpp/access';
import { ApiProblems, decodeCursor, PageType, pageOf } from '@mpp/platform';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { RefundScanQuery } from './requests.dto.js';

export class RefundScanDto {
  @ApiProperty({ type: Date, example: '2026-02-19T09:53:02.101Z' })
  at!: Date;

  @ApiProperty({
    example: 'QR150895463',
    description: 'As the scan was answered; a later refund may carry another (R31)',
  })
  refundId!: string;

  @ApiProperty({ type: String, nullable: true, example: '900900000001' })
  customerId!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: '019b1f7e-5b42-7d40-8b66-1e8bad2c3f55',
    description: 'X-Request-ID of the scan, for asking Kaspi about it',
  })
  requestId!: string | null;
}

export class RefundScanPageDto extends PageType(RefundScanDto) {}

/** What support looks at when a customer says that they scanned a refund QR. */
@ApiTags('Refunds')
@ForTeams('support', 'operations')
@Controller('ops/v1/refund-scans')
export class RefundScansController {
  constructor(private readonly trail: AuditTrail) {}

  @Get()
  @ApiOperation({ summary: 'Who scanned which refund QR, newest first' })
  @ApiOkResponse({ type: RefundScanPageDto })
  @ApiProblems('VALIDATION_FAILED')
  async list(@Query() { refundId, customerId, limit, cursor }: RefundScanQuery): Promise<RefundScanPageDto> {
    const filter = { action: 'REFUND_QR_SCANNED', subject: refundId, customerId };
    const lines = await this.trail.list(filter, limit + 1, decodeCursor(cursor, 'number'));
    return pageOf(lines, limit, ({ at, id }) => ({ at, id }), refundScanDto);
  }
}

function refundScanDto({ at, subject: refundId, customerId, details }: AuditEntry): RefundScanDto {
  const { requestId = null } = (details ?? {}) as { requestId?: string };
  return { at, refundId, customerId, requestId };
}
