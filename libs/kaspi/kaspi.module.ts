import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CallLog } from './call-log/call-log.js';
import { KaspiClient } from './client/kaspi-client.js';
import { KaspiHealth } from './health/kaspi-health.js';
import { CallEntity } from './persistence/call.entity.js';
import { KaspiQueries } from './queries/kaspi-queries.js';

@Module({
  imports: [HttpModule, TypeOrmModule.forFeature([CallEntity])],
  providers: [KaspiClient, KaspiHealth, CallLog, KaspiQueries],
  exports: [KaspiClient, KaspiHealth, CallLog, KaspiQueries],
})
export class KaspiModule {}
