import { CurrentOperator, ForTeams, type Operator } from '@mpp/access';
import { DomainError } from '@mpp/kernel';
import { ApiProblems, decodeCursor, pageOf } from '@mpp/platform';
import { Body, Controller, Get, Param, Patch, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Discrepancies } from '../matching/discrepancies.service.js';
import {
  DiscrepancyChangeRequestDto,
  DiscrepancyPageDto,
  DiscrepancyQuery,
  DiscrepancyStoryDto,
  discrepancyDto,
  discrepancyStoryDto,
} from './discrepancies.dto.js';

const DiscrepancyIdParam = () => ApiParam({ name: 'id', example: '17' });

/** Differences of all registries, for those who work them off. */
@ApiTags('Registries')
@Controller('ops/v1/discrepancies')
export class DiscrepanciesController {
  constructor(private readonly discrepancies: Discrepancies) {}

  @Get()
  @ForTeams('accounting', 'operations')
  @ApiOperation({ summary: 'Differences of all registries, in the order in which they were found' })
  @ApiOkResponse({ type: DiscrepancyPageDto })
  @ApiProblems('VALIDATION_FAILED')
  async list(@Query() { status, kind, limit, cursor }: DiscrepancyQuery): Promise<DiscrepancyPageDto> {
    const after = decodeCursor(cursor, 'number')?.id ?? null;
    const found = await this.discrepancies.list({ status, kind }, limit + 1, after);
    return pageOf(found, limit, (one) => ({ at: one.foundAt, id: one.id }), discrepancyDto);
  }

  @Get(':id')
  @ForTeams('accounting', 'operations')
  @ApiOperation({ summary: 'One difference with its history' })
  @DiscrepancyIdParam()
  @ApiOkResponse({ type: DiscrepancyStoryDto })
  @ApiProblems('NOT_FOUND')
  async one(@Param('id') id: string): Promise<DiscrepancyStoryDto> {
    const { discrepancy, history } = await this.discrepancies.one(existing(id));
    return discrepancyStoryDto(discrepancy, history);
  }

  @Patch(':id')
  @ForTeams('accounting')
  @ApiOperation({ summary: 'Say what became of a difference, and why' })
  @DiscrepancyIdParam()
  @ApiOkResponse({ type: DiscrepancyStoryDto })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND')
  async change(
    @Param('id') id: string,
    @Body() { status, note }: DiscrepancyChangeRequestDto,
    @CurrentOperator() operator: Operator,
  ): Promise<DiscrepancyStoryDto> {
    await this.discrepancies.change(existing(id), status, note, operator.name);
    return this.one(id);
  }
}

function existing(id: string): string {
  if (!/^[1-9]\d{0,17}$/.test(id)) throw new DomainError('NOT_FOUND');
  return id;
}
