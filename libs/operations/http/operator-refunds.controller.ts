import { CurrentOperator, ForTeams, type Operator } from '@mpp/access';
import { RedirectRequestDto } from '@mpp/core-banking';
import { Clock, refundId } from '@mpp/kernel';
import { ApiProblems, decodeCursor, pageOf } from '@mpp/platform';
import { RefundTimelines } from '@mpp/refunds';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RefundDetails } from '../details/refund-details.service.js';
import { OperatorRefundPageDto, operatorRefundDto } from './operator-refund.dto.js';
import { RefundDetailsDto, refundDetailsDto } from './refund-details.dto.js';
import { RecheckRequestDto, RefundQuery, refundFilter } from './refund-requests.dto.js';

const RefundIdParam = () =>
  ApiParam({ name: 'refundId', example: 'Ref1234567', description: 'The PS’s id of the refund' });

/** The refunds of all customers. */
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
  @ApiOperation({ summary: 'Refunds of all customers, refused ones included, newest first' })
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
    summary: 'Everything on record about a refund',
    description: 'Calls of the PS, journal entries, messages, alerts and actions of operators.',
  })
  @RefundIdParam()
  @ApiOkResponse({ type: RefundDetailsDto })
  @ApiProblems('NOT_FOUND')
  async getRefund(@Param('refundId') id: string): Promise<RefundDetailsDto> {
    return refundDetailsDto(await this.details.readDetails(refundId(id)), this.clock.now());
  }

  @Post(':refundId/retry')
  @HttpCode(200)
  @ForTeams('operations')
  @ApiOperation({
    summary: 'Credit a refund now',
    description: 'Due at once. 409 if the refund is credited or was refused.',
  })
  @RefundIdParam()
  @ApiOkResponse({ type: RefundDetailsDto, description: 'The refund as it is now' })
  @ApiProblems('NOT_FOUND', 'STATE_CONFLICT')
  async retry(@Param('refundId') id: string, @CurrentOperator() operator: Operator): Promise<RefundDetailsDto> {
    return refundDetailsDto(await this.details.retry(refundId(id), operator.name), this.clock.now());
  }

  @Post(':refundId/redirect')
  @HttpCode(200)
  @ForTeams('operations')
  @ApiOperation({
    summary: 'Credit a waiting refund on another account of the customer',
    description:
      '409 if the refund is credited, was refused, or may be credited by the bank’s core; 422 if the account is not the ' +
      'customer’s or takes no money. A bank’s core is requested at once.',
  })
  @RefundIdParam()
  @ApiOkResponse({
    type: RefundDetailsDto,
    description: 'The refund as it is now: CREDITED, or requested at the bank’s core',
  })
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

  @Post(':refundId/recheck')
  @HttpCode(200)
  @ForTeams('operations')
  @ApiOperation({
    summary: 'Let a refused refund be decided again',
    description:
      'When the PS repeats the request with the same content, it is checked again and can be accepted; nothing is paid before. ' +
      '409 if the refund was accepted.',
  })
  @RefundIdParam()
  @ApiOkResponse({ type: RefundDetailsDto, description: 'The refund as it is now' })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND', 'STATE_CONFLICT')
  async recheck(
    @Param('refundId') id: string,
    @Body() { reason }: RecheckRequestDto,
    @CurrentOperator() operator: Operator,
  ): Promise<RefundDetailsDto> {
    return refundDetailsDto(await this.details.allowRecheck(refundId(id), reason, operator.name), this.clock.now());
  }
}
