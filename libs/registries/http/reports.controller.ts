import { ForTeams } from '@mpp/access';
import { addDays, type BusinessDay, businessDayOf, Clock, daysOf, monthOf } from '@mpp/kernel';
import { ApiProblems, dayIn, monthIn } from '@mpp/platform';
import { XLSX_MEDIA_TYPE } from '@mpp/spreadsheet';
import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import type { RegistryKind } from '../domain/registry-row.js';
import { OwnRegistries } from '../own/own-registries.service.js';

class DailyQuery {
  @ApiPropertyOptional({
    format: 'date',
    example: '2026-03-10',
    description: 'A business day (Almaty); default: yesterday',
  })
  @IsOptional()
  @IsString()
  date?: string;
}

class MonthlyQuery {
  @ApiPropertyOptional({ example: '2026-03', description: 'A month (Almaty); default: the last month' })
  @IsOptional()
  @IsString()
  month?: string;
}

const ApiWorkbook = () =>
  ApiOkResponse({ schema: { type: 'string', format: 'binary' }, description: 'Operations in order of time' });

/** Accounting's calls for our own registries, in the form of Kaspi's. */
@ApiTags('Registries')
@ForTeams('accounting')
@Controller('ops/v1/reports')
export class ReportsController {
  constructor(
    private readonly registries: OwnRegistries,
    private readonly clock: Clock,
  ) {}

  @Get('daily')
  @ApiOperation({ summary: 'Our own daily registry as an Excel file, with the fee of the payment service' })
  @ApiProduces(XLSX_MEDIA_TYPE)
  @ApiWorkbook()
  @ApiProblems('VALIDATION_FAILED')
  async writeDaily(@Query() { date }: DailyQuery): Promise<StreamableFile> {
    const day = date === undefined ? addDays(businessDayOf(this.clock.now()), -1) : dayIn(date, 'date');
    return this.attachment('DAILY', [day], `registry-daily-${day}.xlsx`);
  }

  @Get('monthly')
  @ApiOperation({ summary: 'Our own monthly registry as an Excel file, with the fee of "Сервис"' })
  @ApiProduces(XLSX_MEDIA_TYPE)
  @ApiWorkbook()
  @ApiProblems('VALIDATION_FAILED')
  async writeMonthly(@Query() { month }: MonthlyQuery): Promise<StreamableFile> {
    const thisMonth = monthIn(undefined, this.clock.now());
    const period = month === undefined ? monthOf(addDays(thisMonth.from, -1)) : monthIn(month, this.clock.now());
    return this.attachment('MONTHLY', daysOf(period), `registry-monthly-${period.from.slice(0, 7)}.xlsx`);
  }

  private async attachment(kind: RegistryKind, days: BusinessDay[], name: string): Promise<StreamableFile> {
    const file = await this.registries.writeFile(kind, days);
    return new StreamableFile(file, { type: XLSX_MEDIA_TYPE, disposition: `attachment; filename="${name}"` });
  }
}
