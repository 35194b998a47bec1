import { ForTeams } from '@mpp/access';
import { Clock } from '@mpp/kernel';
import { ApiProblems, monthIn } from '@mpp/platform';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RegistryCalendar } from '../expected/registry-calendar.service.js';
import { MonthQuery, RegistryCalendarDto, registryCalendarDto } from './registry-calendar.dto.js';

@ApiTags('Registries')
@ForTeams('accounting')
@Controller('ops/v1/registry-calendar')
export class RegistryCalendarController {
  constructor(
    private readonly calendar: RegistryCalendar,
    private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The days of a month that registries cover, and missing registries' })
  @ApiOkResponse({ type: RegistryCalendarDto })
  @ApiProblems('VALIDATION_FAILED')
  async readMonth(@Query() { month }: MonthQuery): Promise<RegistryCalendarDto> {
    return registryCalendarDto(await this.calendar.readMonth(monthIn(month, this.clock.now())));
  }
}
