import { ForTeams } from '@mpp/access';
import { addDays, type BusinessDay, businessDayOf, Clock, daysOf, monthOf } from '@mpp/kernel';
import { ApiProblems, Downloads, dayIn, monthIn, ServesFile } from '@mpp/platform';
import { XLSX_MEDIA_TYPE } from '@mpp/spreadsheet';
import { Controller, Get, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import type { FastifyReply } from 'fastify';
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

const ServesRegistry = () => ServesFile(XLSX_MEDIA_TYPE, 'Operations in order of time');

/** Accounting's calls for our own registries, in the form of Kaspi's. */
@ApiTags('Registries')
@ForTeams('accounting')
@Controller('ops/v1/reports')
export class ReportsController {
  constructor(
    private readonly registries: OwnRegistries,
    private readonly downloads: Downloads,
    private readonly clock: Clock,
  ) {}

  @Get('daily')
  @ApiOperation({ summary: 'Our own daily registry as an Excel file, with the fee of the payment service' })
  @ServesRegistry()
  @ApiProblems('VALIDATION_FAILED')
  async writeDaily(
    @Query() { date }: DailyQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const day = date === undefined ? addDays(businessDayOf(this.clock.now()), -1) : dayIn(date, 'date');
    return this.serve(reply, 'DAILY', [day], `registry-daily-${day}.xlsx`);
  }

  @Get('monthly')
  @ApiOperation({ summary: 'Our own monthly registry as an Excel file, with the fee of "Сервис"' })
  @ServesRegistry()
  @ApiProblems('VALIDATION_FAILED')
  async writeMonthly(
    @Query() { month }: MonthlyQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const thisMonth = monthIn(undefined, this.clock.now());
    const period = month === undefined ? monthOf(addDays(thisMonth.from, -1)) : monthIn(month, this.clock.now());
    return this.serve(reply, 'MONTHLY', daysOf(period), `registry-monthly-${period.from.slice(0, 7)}.xlsx`);
  }

  private async serve(
    reply: FastifyReply,
    kind: RegistryKind,
    days: BusinessDay[],
    name: string,
  ): Promise<StreamableFile> {
    const attachment = { type: XLSX_MEDIA_TYPE, disposition: `attachment; filename="${name}"` };
    return this.downloads.serveFile(reply, attachment, (file) => this.registries.writeFile(kind, days, file));
  }
}
