import { CurrentOperator, ForTeams, type Operator } from '@mpp/access';
import { Clock } from '@mpp/kernel';
import { ApiProblems, dayInPath } from '@mpp/platform';
import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Settlements } from '../settlements.service.js';
import {
  queriedDays,
  SettledDayDto,
  SettledDaysDto,
  SettlementRequestDto,
  SettlementsQuery,
  settledDayDto,
  signedAmount,
} from './settlements.dto.js';

const DayParam = () => ApiParam({ name: 'date', example: '2026-03-10', description: 'A business day (Almaty)' });

/** Accounting's calls about what is owed to Kaspi for each business day. */
@ApiTags('Registries')
@ForTeams('accounting')
@Controller('ops/v1/settlements')
export class SettlementsController {
  constructor(
    private readonly settlements: Settlements,
    private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'What we owe Kaspi for each business day, the sums of its registry, and what was paid' })
  @ApiOkResponse({ type: SettledDaysDto })
  @ApiProblems('VALIDATION_FAILED')
  async listDays(@Query() query: SettlementsQuery): Promise<SettledDaysDto> {
    const days = await this.settlements.readDays(queriedDays(query, this.clock.now()));
    return { items: days.map(settledDayDto) };
  }

  @Get(':date')
  @ApiOperation({ summary: 'What we owe Kaspi for one business day' })
  @DayParam()
  @ApiOkResponse({ type: SettledDayDto })
  @ApiProblems('NOT_FOUND')
  async readDay(@Param('date') date: string): Promise<SettledDayDto> {
    return settledDayDto(await this.settlements.readDay(dayInPath(date)));
  }

  @Post(':date')
  @ApiOperation({
    summary: 'Book a payment to Kaspi for a business day, or a payment of Kaspi to us',
    description: 'Once per bank reference. The first settlement of the day nets its refunds.',
  })
  @DayParam()
  @ApiCreatedResponse({ type: SettledDayDto, description: 'The day with the new settlement' })
  @ApiOkResponse({ type: SettledDayDto, description: 'It was booked before; the day is unchanged' })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND', 'AMOUNT_INVALID', 'REFERENCE_REUSED', 'STATE_CONFLICT')
  async settleDay(
    @Param('date') date: string,
    @Body() { amount, reference }: SettlementRequestDto,
    @CurrentOperator() operator: Operator,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SettledDayDto> {
    const day = dayInPath(date);
    const settlement = { day, amount: signedAmount(amount), reference };
    const { created } = await this.settlements.settleDay(settlement, operator.name);
    reply.status(created ? 201 : 200);
    return settledDayDto(await this.settlements.readDay(day));
  }
}
