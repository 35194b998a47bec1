import { LedgerModule } from '@mpp/ledger';
import { QrPaymentsModule } from '@mpp/qr-payments';
import { RefundsModule } from '@mpp/refunds';
import { Module } from '@nestjs/common';
import { FeePostings } from './fee-postings.js';
import { ReportsController } from './http/reports.controller.js';
import { SettlementsController } from './http/settlements.controller.js';
import { OwnRegistries } from './own-registries.service.js';
import { Settlements } from './settlements.service.js';

const SERVICES = [FeePostings, OwnRegistries, Settlements];

/** Kaspi's registries: read, compared with the books, accepted; and our own. */
@Module({ imports: [LedgerModule, QrPaymentsModule, RefundsModule], providers: SERVICES, exports: SERVICES })
export class RegistriesModule {}

/** Accounting's calls about registries. */
@Module({ imports: [RegistriesModule], controllers: [ReportsController, SettlementsController] })
export class RegistriesHttpModule {}
