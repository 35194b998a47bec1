import { ForTeams } from '@mpp/access';
import { ApiProblems, decodeCursor, PageQuery, pageOf, pick } from '@mpp/platform';
import { RefundTimelines } from '@mpp/refunds';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RefusedCallPageDto } from './refund-details.dto.js';

/** The PS's requests of refunds that were refused. */
@ApiTags('Refunds')
@Controller('ops/v1/refused-refunds')
export class RefusedRefundsController {
  constructor(private readonly timelines: RefundTimelines) {}

  @Get()
  @ForTeams('support', 'operations', 'accounting')
  @ApiOperation({
    summary: 'Calls of the PS to /refund that were answered with PARAM_ILLEGAL, with their content, newest first',
    description: 'Also those that name no refundId, or a refundId that is known with another content.',
  })
  @ApiOkResponse({ type: RefusedCallPageDto })
  @ApiProblems('VALIDATION_FAILED')
  async list(@Query() { limit, cursor }: PageQuery): Promise<RefusedCallPageDto> {
    const calls = await this.timelines.listRefusedCalls(limit + 1, decodeCursor(cursor, 'uuid'));
    return pageOf(
      calls,
      limit,
      ({ receivedAt: at, id }) => ({ at, id }),
      (call) => pick(call, 'refundId', 'receivedAt', 'requestId', 'httpStatus', 'resultCode', 'remark', 'body'),
    );
  }
}
