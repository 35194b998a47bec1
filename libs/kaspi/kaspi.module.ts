import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { Exchanges } from './exchanges.js';
import { KaspiClient } from './kaspi-client.js';

@Module({ imports: [HttpModule], providers: [KaspiClient, Exchanges], exports: [KaspiClient, Exchanges] })
export class KaspiModule {}
