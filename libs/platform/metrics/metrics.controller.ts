import { timingSafeEqual } from 'node:crypto';
import { Settings } from '@mpp/config';
import { DomainError } from '@mpp/kernel';
import { Controller, Get, Header, Headers } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Metrics } from './metrics.js';

@ApiExcludeController()
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    private readonly settings: Settings,
  ) {}

  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  async text(@Headers('authorization') authorization?: string): Promise<string> {
    const { METRICS_TOKEN } = this.settings;
    if (METRICS_TOKEN !== undefined && !same(authorization ?? '', `Bearer ${METRICS_TOKEN}`))
      throw new DomainError('UNAUTHENTICATED');
    return this.metrics.text();
  }
}

function same(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
