import { Settings } from '@mpp/config';
import { CustomerAccounts, LedgerModule } from '@mpp/ledger';
import { Metrics } from '@mpp/platform';
import { HttpModule, HttpService } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { CoreBanking } from './core-banking.js';
import { CoreRecord } from './core-record.js';
import { AccountsController } from './http/accounts.controller.js';
import { HttpCore } from './http-core.js';
import { LedgerCore } from './ledger-core.js';

/** The core in use: CORE_BANKING_URL names a bank's, else it is the own ledger. */
@Module({
  imports: [HttpModule, LedgerModule],
  providers: [
    CoreRecord,
    {
      provide: CoreBanking,
      inject: [Settings, CustomerAccounts, HttpService, Metrics],
      useFactory: (settings: Settings, customerAccounts: CustomerAccounts, axios: HttpService, metrics: Metrics) =>
        settings.CORE_BANKING_URL === undefined
          ? new LedgerCore(customerAccounts)
          : new HttpCore(axios, settings, metrics),
    },
  ],
  exports: [CoreBanking, CoreRecord],
})
export class CoreBankingModule {}

/** The customer's means of payment, for the mobile API. */
@Module({ imports: [CoreBankingModule], controllers: [AccountsController] })
export class AccountsHttpModule {}
