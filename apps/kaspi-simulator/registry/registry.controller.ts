import { Body, Controller, Get, HttpCode, Post, Put, Query, Res, StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { RegistryKind } from '../domain/registry-rates.js';
import { type MadeRegistry, RegistryService, XLSX } from './registry.service.js';
import { readDailyOrder, readMailOrder, readMonthlyOrder, readRates } from './registry-request.js';

/** The participant's cabinet, where it downloads registries (regulation 5), and what makes them wrong and sends them. */
@Controller('registry')
export class RegistryController {
  constructor(private readonly registryService: RegistryService) {}

  @Get('daily.xlsx')
  async daily(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<StreamableFile> {
    return download('daily', await this.registryService.make(readDailyOrder(query)), reply);
  }

  @Get('monthly.xlsx')
  async monthly(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<StreamableFile> {
    return download('monthly', await this.registryService.make(readMonthlyOrder(query)), reply);
  }

  @Post('mail')
  @HttpCode(200)
  mail(@Body() body: string | undefined) {
    return this.registryService.mail(readMailOrder(body));
  }

  @Get('rates')
  showRates() {
    return this.registryService.rates;
  }

  @Put('rates')
  setRates(@Body() body: string | undefined) {
    return this.registryService.setRates(readRates(body, this.registryService.rates));
  }
}

function download(kind: RegistryKind, { period, content, planted }: MadeRegistry, reply: FastifyReply): StreamableFile {
  reply.header('x-planted', ascii(JSON.stringify(planted)));
  const named = `filename*=UTF-8''${encodeURIComponent(`Реестр_${period}.xlsx`)}`;
  const disposition = `attachment; filename="registry-${kind}-${period}.xlsx"; ${named}`;
  return new StreamableFile(content, { type: XLSX, disposition, length: content.length });
}

/** A header holds no other characters; JSON can write them all with these. */
function ascii(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
