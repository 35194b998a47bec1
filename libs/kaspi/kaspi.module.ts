import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { KaspiClient } from './kaspi-client.js';
import { Exchanges } from './persistence/exchanges.js';

@Module({ imports: [HttpModule], providers: [KaspiClient, Exchanges], exports: [KaspiClient, Exchanges] })
export class KaspiModule {}
