import { AlertsModule } from '@mpp/alerts';
import { CalendarModule } from '@mpp/calendar';
import { LedgerModule } from '@mpp/ledger';
import { QrPaymentsModule } from '@mpp/qr-payments';
import { RefundsModule } from '@mpp/refunds';
import { Module } from '@nestjs/common';
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
import { RegistriesRepository } from './persistence/registries.repository.js';
import { RegistryProcessing } from './reading/processing.service.js';
import { Registries } from './registries.service.js';

const SERVICES = [
  RegistryIntake,
  RegistryProcessing,
  Reconciliation,
  Registries,
  Discrepancies,
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

/** Kaspi's registries: read, compared with the books, accepted; and our own. */
@Module({
  imports: [CalendarModule, LedgerModule, QrPaymentsModule, RefundsModule, AlertsModule],
  providers: [...SERVICES, Rechecks, RegistriesRepository, FeePostings],
  exports: SERVICES,
})
export class RegistriesModule {}

/** Accounting's calls about registries. */
@Module({ imports: [RegistriesModule], controllers: CONTROLLERS })
export class RegistriesHttpModule {}
