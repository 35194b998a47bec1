import { CurrentOperator, ForTeams, type Operator } from '@mpp/access';
import { RedirectRequestDto } from '@mpp/core-banking';
import { DomainError } from '@mpp/kernel';
import { ApiProblems } from '@mpp/platform';
import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Differences } from '../differences/differences.service.js';
import { Redirections } from '../differences/redirections.service.js';
import { Discrepancies } from '../matching/discrepancies.service.js';
import {
  DiscrepancyChangeRequestDto,
  DiscrepancyDetailsDto,
  DiscrepancyPageDto,
  DiscrepancyQuery,
  discrepancyDetailsDto,
  discrepancyPage,
  SettleDiscrepancyRequestDto,
} from './discrepancies.dto.js';

const DiscrepancyIdParam = () => ApiParam({ name: 'id', example: '17' });

/** Accounting's and operations' calls about discrepancies. */
@ApiTags('Registries')
@Controller('ops/v1/discrepancies')
export class DiscrepanciesController {
  constructor(
    private readonly discrepancies: Discrepancies,
    private readonly differences: Differences,
    private readonly redirections: Redirections,
  ) {}

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
    return discrepancyDetailsDto(discrepancy, history, await this.redirections.listOperations(discrepancy.id));
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

  @Post(':id/settle')
  @HttpCode(200)
  @ForTeams('accounting')
  @ApiOperation({
    summary: 'End a discrepancy: the books have the operation as Kaspi has it from then on',
    description:
      'Once: the same call again changes nothing; another one is answered with 409, as is an action that does not fit the ' +
      'discrepancy. An account that is not open or not the customer’s: 422. A bank’s core is requested afterwards: see `coreOperations`.',
  })
  @DiscrepancyIdParam()
  @ApiOkResponse({ type: DiscrepancyDetailsDto })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND', 'STATE_CONFLICT', 'ACCOUNT_UNUSABLE', 'CORE_UNAVAILABLE')
  async settleDiscrepancy(
    @Param('id') id: string,
    @Body() { action, accountId = null, reason }: SettleDiscrepancyRequestDto,
    @CurrentOperator() operator: Operator,
  ): Promise<DiscrepancyDetailsDto> {
    const request = { id: discrepancyIdIn(id), action, accountId, reason };
    await this.differences.settleDiscrepancy(request, operator.name);
    return this.readDiscrepancy(id);
  }

  @Post(':id/redirect')
  @HttpCode(200)
  @ForTeams('accounting')
  @ApiOperation({
    summary: 'Credit a customer on another account, after the bank’s core refused the credit of a settlement',
    description: '409 if the core has not refused it; 422 if the account is not the customer’s or takes no money.',
  })
  @DiscrepancyIdParam()
  @ApiOkResponse({ type: DiscrepancyDetailsDto })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND', 'STATE_CONFLICT', 'ACCOUNT_UNUSABLE', 'CORE_UNAVAILABLE')
  async redirectCredit(
    @Param('id') id: string,
    @Body() { accountId, reason }: RedirectRequestDto,
    @CurrentOperator() operator: Operator,
  ): Promise<DiscrepancyDetailsDto> {
    await this.redirections.redirect({ id: discrepancyIdIn(id), accountId, reason }, operator.name);
    return this.readDiscrepancy(id);
  }
}

function discrepancyIdIn(id: string): string {
  if (!/^[1-9]\d{0,17}$/.test(id)) throw new DomainError('NOT_FOUND');
  return id;
}
