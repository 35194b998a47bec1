import { AlertsModule } from '@mpp/alerts';
import { LedgerModule } from '@mpp/ledger';
import { QrPaymentsModule } from '@mpp/qr-payments';
import { RefundsModule } from '@mpp/refunds';
import { Module } from '@nestjs/common';
import { Discrepancies } from './discrepancies.service.js';
import { FeePostings } from './fee-postings.js';
import { DiscrepanciesController } from './http/discrepancies.controller.js';
import { RegistriesController } from './http/registries.controller.js';
import { RegistryCalendarController } from './http/registry-calendar.controller.js';
import { ReportsController } from './http/reports.controller.js';
import { SettlementsController } from './http/settlements.controller.js';
import { TariffsController } from './http/tariffs.controller.js';
import { WorkingDaysController } from './http/working-days.controller.js';
import { RegistryFolder } from './inbox/folder.service.js';
import { RegistryMailbox } from './inbox/mailbox.service.js';
import { RegistryIntake } from './intake.service.js';
import { MissingRegistries } from './missing-registries.service.js';
import { OwnRegistries } from './own-registries.service.js';
import { RegistriesRepository } from './persistence/registries.repository.js';
import { RegistryProcessing } from './processing.service.js';
import { Rechecks } from './rechecks.service.js';
import { Reconciliation } from './reconciliation.service.js';
import { Registries } from './registries.service.js';
import { RegistryCalendar } from './registry-calendar.service.js';
import { Settlements } from './settlements.service.js';
import { Tariffs } from './tariffs.service.js';
import { WorkingCalendar } from './working-calendar.service.js';

const SERVICES = [
  RegistryIntake,
  RegistryProcessing,
  Reconciliation,
  Registries,
  Discrepancies,
  Tariffs,
  WorkingCalendar,
  RegistryCalendar,
  MissingRegistries,
  Settlements,
  OwnRegistries,
  RegistryMailbox,
  RegistryFolder,
];
const CONTROLLERS = [
  RegistriesController,
  DiscrepanciesController,
  TariffsController,
  WorkingDaysController,
  RegistryCalendarController,
  SettlementsController,
  ReportsController,
];

/** Kaspi's registries: read, compared with the books, accepted; and our own. */
@Module({
  imports: [LedgerModule, QrPaymentsModule, RefundsModule, AlertsModule],
  providers: [...SERVICES, Rechecks, RegistriesRepository, FeePostings],
  exports: SERVICES,
})
export class RegistriesModule {}

/** Accounting's calls about registries. */
@Module({ imports: [RegistriesModule], controllers: CONTROLLERS })
export class RegistriesHttpModule {}
