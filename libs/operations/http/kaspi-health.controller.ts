import { ForTeams } from '@mpp/access';
import { KaspiHealth } from '@mpp/kaspi';
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';

export class FailuresInARowDto {
  @ApiProperty({ example: 0, description: 'Of scans and checkouts' })
  questions!: number;

  @ApiProperty({ example: 0, description: 'Of notifyPayment' })
  notifies!: number;
}

export class KaspiFailureDto {
  @ApiProperty({ enum: ['scan', 'checkout', 'notifyPayment'], example: 'notifyPayment' })
  method!: string;

  @ApiProperty({ type: Date, example: '2026-02-19T09:53:02.101Z' })
  at!: Date;

  @ApiProperty({ example: 'HTTP 503' })
  reason!: string;
}

export class KaspiHealthDto {
  @ApiProperty({ enum: ['UP', 'AWAY'], example: 'UP', description: 'AWAY: new confirms are refused but for probes' })
  state!: string;

  @ApiProperty({ type: Date, nullable: true, example: null, description: 'null: since the process started' })
  since!: Date | null;

  @ApiProperty({ type: FailuresInARowDto, description: 'Calls in a row that brought no answer' })
  failuresInARow!: FailuresInARowDto;

  @ApiProperty({ type: Date, nullable: true, example: '2026-02-19T09:53:02.101Z' })
  lastAnswerAt!: Date | null;

  @ApiProperty({ type: KaspiFailureDto, nullable: true, example: null })
  lastFailure!: KaspiFailureDto | null;

  @ApiProperty({
    type: Date,
    nullable: true,
    example: null,
    description: 'While it is AWAY: when the next confirm is let through to try',
  })
  nextProbeAt!: Date | null;
}

@ApiTags('Kaspi Pay')
@ForTeams('support', 'operations')
@Controller('ops/v1/kaspi-health')
export class KaspiHealthController {
  constructor(private readonly health: KaspiHealth) {}

  @Get()
  @ApiOperation({
    summary: 'Whether Kaspi Pay answers, as the process that answers this call sees it',
    description: 'Each process learns it from its own calls: ask again, and another one may answer otherwise.',
  })
  @ApiOkResponse({ type: KaspiHealthDto })
  view(): KaspiHealthDto {
    return this.health.view;
  }
}
