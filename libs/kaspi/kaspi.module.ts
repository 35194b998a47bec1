import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { CallLog } from './call-log/call-log.js';
import { KaspiClient } from './client/kaspi-client.js';
import { KaspiHealth } from './health/kaspi-health.js';
import { KaspiQueries } from './queries/kaspi-queries.js';

@Module({
  imports: [HttpModule],
  providers: [KaspiClient, KaspiHealth, CallLog, KaspiQueries],
  exports: [KaspiClient, KaspiHealth, CallLog, KaspiQueries],
})
export class KaspiModule {}
