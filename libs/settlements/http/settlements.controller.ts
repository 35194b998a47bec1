import { CurrentOperator, ForTeams, type Operator } from '@mpp/access';
import { Clock } from '@mpp/kernel';
import { ApiProblems, dayInPath } from '@mpp/platform';
import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Settlements } from '../settlements.service.js';
import {
  daysAsked,
  SettledDayDto,
  SettledDaysDto,
  SettlementRequestDto,
  SettlementsQuery,
  settledDayDto,
  signedAmount,
} from './settlements.dto.js';

const DayParam = () => ApiParam({ name: 'date', example: '2026-03-10', description: 'A day of Almaty' });

/** What is owed to Kaspi for each day, and that it was paid. */
@ApiTags('Registries')
@ForTeams('accounting')
@Controller('ops/v1/settlements')
export class SettlementsController {
  constructor(
    private readonly settlements: Settlements,
    private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'What we owe Kaspi for each day, what its registry says, and what was paid' })
  @ApiOkResponse({ type: SettledDaysDto })
  @ApiProblems('VALIDATION_FAILED')
  async list(@Query() query: SettlementsQuery): Promise<SettledDaysDto> {
    const days = await this.settlements.days(daysAsked(query, this.clock.now()));
    return { items: days.map(settledDayDto) };
  }

  @Get(':date')
  @ApiOperation({ summary: 'The same of one day' })
  @DayParam()
  @ApiOkResponse({ type: SettledDayDto })
  @ApiProblems('NOT_FOUND')
  async one(@Param('date') date: string): Promise<SettledDayDto> {
    return settledDayDto(await this.settlements.day(dayInPath(date)));
  }

  @Post(':date')
  @ApiOperation({
    summary: 'Book that Kaspi was paid for a day, or paid us',
    description: 'Once per bank reference. The day’s refunds are taken off with the first one.',
  })
  @DayParam()
  @ApiCreatedResponse({ type: SettledDayDto, description: 'The day after it' })
  @ApiOkResponse({ type: SettledDayDto, description: 'It was booked before; the day as it is' })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND', 'AMOUNT_INVALID', 'REFERENCE_REUSED', 'STATE_CONFLICT')
  async settle(
    @Param('date') date: string,
    @Body() { amount, reference }: SettlementRequestDto,
    @CurrentOperator() operator: Operator,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SettledDayDto> {
    const day = dayInPath(date);
    const paid = { amount: signedAmount(amount), reference };
    const { created } = await this.settlements.settle(day, paid, operator.name);
    reply.status(created ? 201 : 200);
    return settledDayDto(await this.settlements.day(day));
  }
}
