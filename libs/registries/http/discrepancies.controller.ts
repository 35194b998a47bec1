import { CurrentOperator, ForTeams, type Operator } from '@mpp/access';
import { DomainError } from '@mpp/kernel';
import { ApiProblems } from '@mpp/platform';
import { Body, Controller, Get, Param, Patch, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Discrepancies } from '../matching/discrepancies.service.js';
import {
  DiscrepancyChangeRequestDto,
  DiscrepancyDetailsDto,
  DiscrepancyPageDto,
  DiscrepancyQuery,
  discrepancyDetailsDto,
  discrepancyPage,
} from './discrepancies.dto.js';

const DiscrepancyIdParam = () => ApiParam({ name: 'id', example: '17' });

/** Accounting's and operations' calls about discrepancies. */
@ApiTags('Registries')
@Controller('ops/v1/discrepancies')
export class DiscrepanciesController {
  constructor(private readonly discrepancies: Discrepancies) {}

  @Get()
  @ForTeams('accounting', 'operations')
  @ApiOperation({ summary: 'Discrepancies of all registries, in the order in which they were found' })
  @ApiOkResponse({ type: DiscrepancyPageDto })
  @ApiProblems('VALIDATION_FAILED')
  async listDiscrepancies(@Query() { status, kind, limit, cursor }: DiscrepancyQuery): Promise<DiscrepancyPageDto> {
    return discrepancyPage(this.discrepancies, { status, kind }, limit, cursor);
  }

  @Get(':id')
  @ForTeams('accounting', 'operations')
  @ApiOperation({ summary: 'One discrepancy with its history' })
  @DiscrepancyIdParam()
  @ApiOkResponse({ type: DiscrepancyDetailsDto })
  @ApiProblems('NOT_FOUND')
  async readDiscrepancy(@Param('id') id: string): Promise<DiscrepancyDetailsDto> {
    const { discrepancy, history } = await this.discrepancies.readDiscrepancy(discrepancyIdIn(id));
    return discrepancyDetailsDto(discrepancy, history);
  }

  @Patch(':id')
  @ForTeams('accounting')
  @ApiOperation({ summary: 'Change the status and note of a discrepancy' })
  @DiscrepancyIdParam()
  @ApiOkResponse({ type: DiscrepancyDetailsDto })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND')
  async changeDiscrepancy(
    @Param('id') id: string,
    @Body() { status, note }: DiscrepancyChangeRequestDto,
    @CurrentOperator() operator: Operator,
  ): Promise<DiscrepancyDetailsDto> {
    await this.discrepancies.changeDiscrepancy(discrepancyIdIn(id), status, note, operator.name);
    return this.readDiscrepancy(id);
  }
}

function discrepancyIdIn(id: string): string {
  if (!/^[1-9]\d{0,17}$/.test(id)) throw new DomainError('NOT_FOUND');
  return id;
}
