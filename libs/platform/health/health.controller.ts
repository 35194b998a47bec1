import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Health } from './health.js';

const details = { database: { status: 'up', clockSkewMs: 0 }, clock: { status: 'up' }, migrations: { status: 'up' } };
const example = { status: 'ok', details };
const status = { type: 'string', enum: ['ok', 'error', 'shutting_down'] };
const schema = { type: 'object', properties: { status }, required: ['status'], additionalProperties: true };

/** Served on both listeners without a token, for probes. */
@ApiTags('Health')
@Controller('health')
export class HealthController {
  constructor(private readonly health: Health) {}

  @Get('live')
  @ApiOperation({ summary: 'The process answers' })
  @ApiOkResponse({ schema: { ...schema, example: { status: 'ok' } } })
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'The process can do its work: database, clock and migrations' })
  @ApiOkResponse({ schema: { ...schema, example } })
  @ApiServiceUnavailableResponse({ description: 'Not now', schema })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    const { ready, report } = await this.health.ready();
    reply.status(ready ? 200 : 503);
    return report;
  }
}
