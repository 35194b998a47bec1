import { CurrentOperator, ForTeams, type Operator } from '@mpp/access';
import { ApiProblems } from '@mpp/platform';
import { Recovery } from '@mpp/recovery';
import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RecoveryOverviews } from '../recovery/recovery-overview.service.js';
import { EndRecoveryDto, RecoveryDto, recoveryDto } from './recovery.dto.js';

/** After the database was restored to an earlier moment (R39). */
@ApiTags('Recovery')
@Controller('ops/v1/recovery')
export class RecoveryController {
  constructor(
    private readonly recovery: Recovery,
    private readonly overviews: RecoveryOverviews,
  ) {}

  @Get()
  @ForTeams('support', 'operations', 'accounting')
  @ApiOperation({ summary: 'What is left of the recovery after a restore, and what was closed since it began' })
  @ApiOkResponse({ type: RecoveryDto })
  async getRecovery(): Promise<RecoveryDto> {
    return recoveryDto(await this.overviews.getOverview());
  }

  @Post('end')
  @HttpCode(200)
  @ForTeams()
  @ApiOperation({
    summary: 'End the recovery: what is unknown is refused again, and deadlines apply',
    description: 'Repeated by the same person for the same reason: 200. 409 if no recovery is active.',
  })
  @ApiOkResponse({ type: RecoveryDto })
  @ApiProblems('VALIDATION_FAILED', 'STATE_CONFLICT')
  async end(@Body() { reason }: EndRecoveryDto, @CurrentOperator() operator: Operator): Promise<RecoveryDto> {
    await this.recovery.end(operator.name, reason);
    return recoveryDto(await this.overviews.getOverview());
  }
}
