import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { Exchanges } from './exchanges.js';
import { KaspiClient } from './kaspi-client.js';
import { KaspiHealth } from './kaspi-health.js';
import { Questions } from './questions.js';

@Module({
  imports: [HttpModule],
  providers: [KaspiClient, KaspiHealth, Exchanges, Questions],
  exports: [KaspiClient, KaspiHealth, Exchanges, Questions],
})
export class KaspiModule {}
