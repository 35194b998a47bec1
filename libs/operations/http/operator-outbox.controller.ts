import { CurrentOperator, ForTeams, type Operator } from '@mpp/access';
import { Outbox } from '@mpp/outbox';
import { ApiProblems, decodeCursor, pageOf } from '@mpp/platform';
import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { OutboxRetries } from '../outbox-retries.service.js';
import { OutboxMessageDto, OutboxPageDto, OutboxQuery, outboxMessageDto } from './outbox.dto.js';

/** Messages of the outbox. */
@ApiTags('Outbox')
@Controller('ops/v1/outbox')
export class OperatorOutboxController {
  constructor(
    private readonly outbox: Outbox,
    private readonly retries: OutboxRetries,
  ) {}

  @Get()
  @ForTeams('support', 'operations')
  @ApiOperation({ summary: 'Waiting, attempted and done messages, newest first' })
  @ApiOkResponse({ type: OutboxPageDto })
  @ApiProblems('VALIDATION_FAILED')
  async list(@Query() { status, topic, key, limit, cursor }: OutboxQuery): Promise<OutboxPageDto> {
    const messages = await this.outbox.listMessages({ status, topic, key }, limit + 1, decodeCursor(cursor, 'uuid'));
    return pageOf(messages, limit, ({ createdAt: at, id }) => ({ at, id }), outboxMessageDto);
  }

  @Post(':id/retry')
  @HttpCode(200)
  @ForTeams('operations')
  @ApiOperation({
    summary: 'Deliver a message now, or once more',
    description:
      'Due at once. An attempt that is under way is left alone. 409 if its subject does not allow it: a reversed payment ' +
      'is not notified as paid, and a payment with a receipt needs no repeat.',
  })
  @ApiParam({ name: 'id', example: '019b1f7e-5b42-7d40-8b66-1e8bad2c3f55', description: 'The message’s id' })
  @ApiOkResponse({ type: OutboxMessageDto, description: 'The message as it is now' })
  @ApiProblems('NOT_FOUND', 'STATE_CONFLICT')
  async retry(@Param('id') id: string, @CurrentOperator() operator: Operator): Promise<OutboxMessageDto> {
    return outboxMessageDto(await this.retries.retry(id, operator.name));
  }
}
