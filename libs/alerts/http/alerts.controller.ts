import { ForTeams } from '@mpp/access';
import { ApiProblems, decodeCursor, pageOf } from '@mpp/platform';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Alerts } from '../alerts.js';
import { AlertPageDto, AlertQuery, alertDto } from './alerts.dto.js';

@ApiTags('Alerts')
@ForTeams('support', 'operations', 'accounting')
@Controller('ops/v1/alerts')
export class AlertsController {
  constructor(private readonly alerts: Alerts) {}

  @Get()
  @ApiOperation({ summary: 'Alerts for operators, newest first' })
  @ApiOkResponse({ type: AlertPageDto })
  @ApiProblems('VALIDATION_FAILED')
  async listAlerts(@Query() { kind, subject, limit, cursor }: AlertQuery): Promise<AlertPageDto> {
    const alerts = await this.alerts.listAlerts({ kind, subject }, limit + 1, decodeCursor(cursor, 'number'));
    return pageOf(alerts, limit, ({ raisedAt: at, id }) => ({ at, id }), alertDto);
  }
}
