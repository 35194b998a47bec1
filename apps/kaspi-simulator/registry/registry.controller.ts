import { Body, Controller, Get, HttpCode, Post, Put, Query, Res, StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { RegistryKind } from '../domain/registry-rates.js';
import { type MadeRegistry, RegistryService, XLSX } from './registry.service.js';
import { readDailyOrder, readMailOrder, readMonthlyOrder, readRates } from './registry-request.js';

/** Downloads and mails registries (regulation 5), with planted differences on request, and sets Kaspi's rates. */
@Controller('registry')
export class RegistryController {
  constructor(private readonly registryService: RegistryService) {}

  @Get('daily.xlsx')
  async downloadDaily(
    @Query() query: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    return download('daily', await this.registryService.makeRegistry(readDailyOrder(query)), reply);
  }

  @Get('monthly.xlsx')
  async downloadMonthly(
    @Query() query: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    return download('monthly', await this.registryService.makeRegistry(readMonthlyOrder(query)), reply);
  }

  @Post('mail')
  @HttpCode(200)
  mailRegistry(@Body() body: string | undefined) {
    return this.registryService.mailRegistry(readMailOrder(body));
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
  reply.header('x-planted', toAscii(JSON.stringify(planted)));
  const utf8Name = `filename*=UTF-8''${encodeURIComponent(`Реестр_${period}.xlsx`)}`;
  const disposition = `attachment; filename="registry-${kind}-${period}.xlsx"; ${utf8Name}`;
  return new StreamableFile(content, { type: XLSX, disposition, length: content.length });
}

/** Escapes the JSON to ASCII, the only characters of a header. */
function toAscii(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
