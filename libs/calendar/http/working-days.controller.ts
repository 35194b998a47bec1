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
  @ApiOperation({ summary: 'Public holidays on weekdays and corrected days of a year' })
  @ApiOkResponse({ type: WorkingDayListDto })
  @ApiProblems('VALIDATION_FAILED')
  async listSpecialDays(@Query() { year }: YearQuery): Promise<WorkingDayListDto> {
    const calendar = await this.calendar.readWorkingDays();
    const days = calendar.specialDaysWithin(yearOf(year ?? Number(businessDayOf(this.clock.now()).slice(0, 4))));
    return { items: days.map(({ day }) => workingDayDto(day, calendar)) };
  }

  @Put()
  @ApiOperation({ summary: 'Correct days: whether each is a working day' })
  @ApiOkResponse({ type: WorkingDayListDto, description: 'The corrected days' })
  @ApiProblems('VALIDATION_FAILED')
  async correctDays(
    @Body() { items }: DayCorrectionListDto,
    @CurrentOperator() operator: Operator,
  ): Promise<WorkingDayListDto> {
    const corrections = items.map(correctionIn);
    const calendar = await this.calendar.correctDays(corrections, operator.name);
    return { items: corrections.map(({ day }) => workingDayDto(day, calendar)) };
  }

  @Delete(':date')
  @ApiOperation({ summary: 'Remove the correction of a day' })
  @ApiParam({ name: 'date', example: '2026-08-31' })
  @ApiOkResponse({ type: WorkingDayDto, description: 'The day without its correction' })
  @ApiProblems('NOT_FOUND')
  async removeCorrection(@Param('date') date: string, @CurrentOperator() operator: Operator): Promise<WorkingDayDto> {
    const day = dayInPath(date);
    return workingDayDto(day, await this.calendar.removeCorrection(day, operator.name));
  }
}
