import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { CallLog } from './call-log.js';
import { KaspiClient } from './kaspi-client.js';
import { KaspiHealth } from './kaspi-health.js';
import { KaspiQueries } from './queries.js';

@Module({
  imports: [HttpModule],
  providers: [KaspiClient, KaspiHealth, CallLog, KaspiQueries],
  exports: [KaspiClient, KaspiHealth, CallLog, KaspiQueries],
})
export class KaspiModule {}
