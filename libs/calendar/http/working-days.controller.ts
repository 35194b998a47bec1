import { CurrentOperator, ForTeams, type Operator } from '@mpp/access';
import { businessDayOf, Clock, yearOf } from '@mpp/kernel';
import { ApiProblems, dayInPath } from '@mpp/platform';
import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { WorkingCalendar } from '../working-calendar.service.js';
import {
  correctionIn,
  DayCorrectionListDto,
  WorkingDayDto,
  WorkingDayListDto,
  workingDayDto,
  YearQuery,
} from './working-days.dto.js';

@ApiTags('Registries')
@ForTeams('accounting')
@Controller('ops/v1/working-days')
export class WorkingDaysController {
  constructor(
    private readonly calendar: WorkingCalendar,
    private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The days of a year that are not what the week says, and those that operators spoke of' })
  @ApiOkResponse({ type: WorkingDayListDto })
  @ApiProblems('VALIDATION_FAILED')
  async year(@Query() { year }: YearQuery): Promise<WorkingDayListDto> {
    const calendar = await this.calendar.current();
    const days = calendar.specialWithin(yearOf(year ?? Number(businessDayOf(this.clock.now()).slice(0, 4))));
    return { items: days.map(({ day }) => workingDayDto(day, calendar)) };
  }

  @Put()
  @ApiOperation({ summary: 'Say of days that they are, or are not, working days' })
  @ApiOkResponse({ type: WorkingDayListDto, description: 'The days that were named, as they are now' })
  @ApiProblems('VALIDATION_FAILED')
  async correct(
    @Body() { items }: DayCorrectionListDto,
    @CurrentOperator() operator: Operator,
  ): Promise<WorkingDayListDto> {
    const corrections = items.map(correctionIn);
    const calendar = await this.calendar.correct(corrections, operator.name);
    return { items: corrections.map(({ day }) => workingDayDto(day, calendar)) };
  }

  @Delete(':date')
  @ApiOperation({ summary: 'Take back what was said of a day' })
  @ApiParam({ name: 'date', example: '2026-08-31' })
  @ApiOkResponse({ type: WorkingDayDto, description: 'The day as it is now' })
  @ApiProblems('NOT_FOUND')
  async takeBack(@Param('date') date: string, @CurrentOperator() operator: Operator): Promise<WorkingDayDto> {
    const day = dayInPath(date);
    return workingDayDto(day, await this.calendar.takeBack(day, operator.name));
  }
}
