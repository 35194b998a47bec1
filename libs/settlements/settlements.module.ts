import { LedgerModule } from '@mpp/ledger';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SettlementsController } from './http/settlements.controller.js';
import { SettlementEntity } from './persistence/settlement.entity.js';
import { Settlements } from './settlements.service.js';

/** What is owed to Kaspi for each business day, and its settlement. Fees are not part of it. */
@Module({
  imports: [LedgerModule, TypeOrmModule.forFeature([SettlementEntity])],
  providers: [Settlements],
  exports: [Settlements],
})
export class SettlementsModule {}

/** Accounting's calls about settlements. */
@Module({ imports: [SettlementsModule], controllers: [SettlementsController] })
export class SettlementsHttpModule {}
