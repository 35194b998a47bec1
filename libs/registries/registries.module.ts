import { AlertsModule } from '@mpp/alerts';
import { CalendarModule } from '@mpp/calendar';
import { CoreBankingModule } from '@mpp/core-banking';
import { LedgerModule } from '@mpp/ledger';
import { QrPaymentsModule } from '@mpp/qr-payments';
import { RecoveryModule } from '@mpp/recovery';
import { RefundsModule } from '@mpp/refunds';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CoreAccounts } from './differences/core-accounts.js';
import { CoreMoveHandler } from './differences/core-move.handler.js';
import { CoreMoves } from './differences/core-moves.service.js';
import { CustomersMoney } from './differences/customers-money.js';
import { DifferenceReader } from './differences/difference-facts.js';
import { DifferencePostings } from './differences/difference-postings.js';
import { Differences } from './differences/differences.service.js';
import { Redirections } from './differences/redirections.service.js';
import { MissingRegistries } from './expected/missing-registries.service.js';
import { RegistryCalendar } from './expected/registry-calendar.service.js';
import { FeePostings } from './fees/fee-postings.js';
import { Tariffs } from './fees/tariffs.service.js';
import { DiscrepanciesController } from './http/discrepancies.controller.js';
import { RegistriesController } from './http/registries.controller.js';
import { RegistryCalendarController } from './http/registry-calendar.controller.js';
import { ReportsController } from './http/reports.controller.js';
import { TariffsController } from './http/tariffs.controller.js';
import { RegistryFolder } from './inbox/folder.service.js';
import { RegistryIntake } from './inbox/intake.service.js';
import { RegistryMailbox } from './inbox/mailbox.service.js';
import { Discrepancies } from './matching/discrepancies.service.js';
import { Rechecks } from './matching/rechecks.service.js';
import { Reconciliation } from './matching/reconciliation.service.js';
import { OwnRegistries } from './own/own-registries.service.js';
import { AdjustmentEntity } from './persistence/adjustment.entity.js';
import { CoreMoveEntity } from './persistence/core-move.entity.js';
import { DiscrepanciesRepository } from './persistence/discrepancies.repository.js';
import { DiscrepancyEntity } from './persistence/discrepancy.entity.js';
import { DiscrepancyChangeEntity } from './persistence/discrepancy-change.entity.js';
import { ProcessingRepository } from './persistence/processing.repository.js';
import { RegistriesRepository } from './persistence/registries.repository.js';
import { RegistryEntity } from './persistence/registry.entity.js';
import { RegistryFileEntity } from './persistence/registry-file.entity.js';
import { RegistryRowEntity } from './persistence/registry-row.entity.js';
import { RegistryRowErrorEntity } from './persistence/registry-row-error.entity.js';
import { TariffEntity } from './persistence/tariff.entity.js';
import { RegistryProcessing } from './reading/processing.service.js';
import { Registries } from './registries.service.js';

const SERVICES = [
  RegistryIntake,
  RegistryProcessing,
  Reconciliation,
  Registries,
  Discrepancies,
  Differences,
  Redirections,
  Tariffs,
  RegistryCalendar,
  MissingRegistries,
  OwnRegistries,
  RegistryMailbox,
  RegistryFolder,
];
const CONTROLLERS = [
  RegistriesController,
  DiscrepanciesController,
  TariffsController,
  RegistryCalendarController,
  ReportsController,
];
const ENTITIES = [
  RegistryEntity,
  RegistryFileEntity,
  RegistryRowErrorEntity,
  DiscrepancyEntity,
  DiscrepancyChangeEntity,
  AdjustmentEntity,
  CoreMoveEntity,
  RegistryRowEntity,
  TariffEntity,
];

/** Kaspi's registries: received, read, compared with the books, accepted; tariffs; our own registries. */
@Module({
  imports: [
    CalendarModule,
    LedgerModule,
    CoreBankingModule,
    QrPaymentsModule,
    RefundsModule,
    AlertsModule,
    RecoveryModule,
    TypeOrmModule.forFeature(ENTITIES),
  ],
  providers: [
    ...[...SERVICES, Rechecks, RegistriesRepository, ProcessingRepository, DiscrepanciesRepository],
    ...[FeePostings, DifferenceReader, DifferencePostings, CoreAccounts, CoreMoves, CoreMoveHandler, CustomersMoney],
  ],
  exports: SERVICES,
})
export class RegistriesModule {}

/** The HTTP calls of accounting and operations about registries. */
@Module({ imports: [RegistriesModule], controllers: CONTROLLERS })
export class RegistriesHttpModule {}
