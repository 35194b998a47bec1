import { Settings } from '@mpp/config';
import { CustomerAccounts, LedgerModule } from '@mpp/ledger';
import { Metrics } from '@mpp/platform';
import { HttpModule, HttpService } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CoreBanking } from './domain/core-banking.js';
import { AccountsController } from './http/accounts.controller.js';
import { HttpCore } from './http-core/http-core.js';
import { CoreOperations } from './operations/core-operations.js';
import { LedgerCore } from './own-ledger/ledger-core.js';
import { OperationEntity } from './persistence/operation.entity.js';

/** Provides the bank's core of CORE_BANKING_URL, or else the own ledger. */
@Module({
  imports: [HttpModule, LedgerModule, TypeOrmModule.forFeature([OperationEntity])],
  providers: [
    CoreOperations,
    {
      provide: CoreBanking,
      inject: [Settings, CustomerAccounts, HttpService, Metrics],
      useFactory: (settings: Settings, customerAccounts: CustomerAccounts, axios: HttpService, metrics: Metrics) =>
        settings.CORE_BANKING_URL === undefined
          ? new LedgerCore(customerAccounts)
          : new HttpCore(axios, settings, metrics),
    },
  ],
  exports: [CoreBanking, CoreOperations],
})
export class CoreBankingModule {}

/** The customer's means of payment, for the mobile API. */
@Module({ imports: [CoreBankingModule], controllers: [AccountsController] })
export class AccountsHttpModule {}
