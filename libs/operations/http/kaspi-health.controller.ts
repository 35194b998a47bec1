import { ForTeams } from '@mpp/access';
import { KaspiHealth } from '@mpp/kaspi';
import { ApiNullable } from '@mpp/platform';
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';

export class FailuresInARowDto {
  @ApiProperty({ example: 0, description: 'Scans and checkouts' }) questions!: number;
  @ApiProperty({ example: 0, description: 'notifyPayment' }) notifies!: number;
}

export class KaspiFailureDto {
  @ApiProperty({ enum: ['scan', 'checkout', 'notifyPayment'], example: 'notifyPayment' }) method!: string;
  @ApiProperty({ type: Date, example: '2026-02-19T09:53:02.101Z' }) at!: Date;
  @ApiProperty({ example: 'HTTP 503' }) reason!: string;
}

export class KaspiHealthDto {
  @ApiProperty({ enum: ['UP', 'AWAY'], example: 'UP', description: 'AWAY: new confirms are refused, except probes' })
  state!: string;

  @ApiNullable(Date, null, 'Null: since the start of the process') since!: Date | null;

  @ApiProperty({ type: FailuresInARowDto, description: 'Calls in a row without an answer' })
  failuresInARow!: FailuresInARowDto;

  @ApiNullable(Date, '2026-02-19T09:53:02.101Z') lastAnswerAt!: Date | null;
  @ApiNullable(KaspiFailureDto, null) lastFailure!: KaspiFailureDto | null;
  @ApiNullable(Date, null, 'While AWAY: when the next confirm is let through as a probe') nextProbeAt!: Date | null;
}

@ApiTags('Kaspi Pay')
@ForTeams('support', 'operations')
@Controller('ops/v1/kaspi-health')
export class KaspiHealthController {
  constructor(private readonly health: KaspiHealth) {}

  @Get()
  @ApiOperation({
    summary: 'Whether Kaspi Pay answers, as seen by the process that serves this call',
    description: 'Each process knows only its own calls, so another process may answer differently.',
  })
  @ApiOkResponse({ type: KaspiHealthDto })
  view(): KaspiHealthDto {
    return this.health.view;
  }
}
