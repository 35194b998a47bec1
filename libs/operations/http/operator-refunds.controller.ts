import { CurrentOperator, ForTeams, type Operator } from '@mpp/access';
import { Clock, refundId } from '@mpp/kernel';
import { ApiProblems, decodeCursor, pageOf } from '@mpp/platform';
import { RefundTimelines } from '@mpp/refunds';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RefundDetails } from '../details/refund-details.service.js';
import { OperatorRefundPageDto, operatorRefundDto, RefundDetailsDto, refundDetailsDto } from './operator-refund.dto.js';
import { RedirectRequestDto, RefundQuery, refundFilter } from './requests.dto.js';

const RefundIdParam = () =>
  ApiParam({ name: 'refundId', example: 'Ref1234567', description: 'The PS’s id of the refund' });

/** Anybody's refunds, for those who answer for them. */
@ApiTags('Refunds')
@Controller('ops/v1/refunds')
export class OperatorRefundsController {
  constructor(
    private readonly timelines: RefundTimelines,
    private readonly details: RefundDetails,
    private readonly clock: Clock,
  ) {}

  @Get()
  @ForTeams('support', 'operations', 'accounting')
  @ApiOperation({ summary: 'What was decided about every refund of the PS, newest first; refusals too' })
  @ApiOkResponse({ type: OperatorRefundPageDto })
  @ApiProblems('VALIDATION_FAILED')
  async list(@Query() query: RefundQuery): Promise<OperatorRefundPageDto> {
    const after = decodeCursor(query.cursor, 'uuid');
    const records = await this.timelines.searchRefunds(refundFilter(query), query.limit + 1, after);
    const now = this.clock.now();
    return pageOf(
      records,
      query.limit,
      ({ createdAt: at, id }) => ({ at, id }),
      (record) => operatorRefundDto(record, now),
    );
  }

  @Get(':refundId')
  @ForTeams('support', 'operations', 'accounting')
  @ApiOperation({
    summary: 'The whole story of a refund',
    description: 'Every call of the PS, journal entries, messages, alerts, and what operators did to it.',
  })
  @RefundIdParam()
  @ApiOkResponse({ type: RefundDetailsDto })
  @ApiProblems('NOT_FOUND')
  async one(@Param('refundId') id: string): Promise<RefundDetailsDto> {
    return refundDetailsDto(await this.details.readDetails(refundId(id)), this.clock.now());
  }

  @Post(':refundId/retry')
  @HttpCode(200)
  @ForTeams('operations')
  @ApiOperation({
    summary: 'Have a refund credited now',
    description: 'As soon as any process has room. 409 where it is credited, or was refused.',
  })
  @RefundIdParam()
  @ApiOkResponse({ type: RefundDetailsDto, description: 'As it is now' })
  @ApiProblems('NOT_FOUND', 'STATE_CONFLICT')
  async retry(@Param('refundId') id: string, @CurrentOperator() operator: Operator): Promise<RefundDetailsDto> {
    return refundDetailsDto(await this.details.retry(refundId(id), operator.name), this.clock.now());
  }

  @Post(':refundId/redirect')
  @HttpCode(200)
  @ForTeams('operations')
  @ApiOperation({
    summary: 'Credit a refund that waits on another account of the customer',
    description:
      '409 where it is credited, or was refused, or the bank’s core may be crediting it; 422 where the account is not ' +
      'theirs, or takes no money. With a bank’s core it is asked for at once.',
  })
  @RefundIdParam()
  @ApiOkResponse({ type: RefundDetailsDto, description: 'As it is now: CREDITED, or asked for at the bank’s core' })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND', 'STATE_CONFLICT', 'ACCOUNT_UNUSABLE', 'CORE_UNAVAILABLE')
  async redirect(
    @Param('refundId') id: string,
    @Body() { accountId: account, reason }: RedirectRequestDto,
    @CurrentOperator() operator: Operator,
  ): Promise<RefundDetailsDto> {
    return refundDetailsDto(
      await this.details.redirect(refundId(id), account, reason, operator.name),
      this.clock.now(),
    );
  }
}
