import { AlertsModule } from '@mpp/alerts';
import { LedgerModule } from '@mpp/ledger';
import { QrPaymentsModule } from '@mpp/qr-payments';
import { RefundsModule } from '@mpp/refunds';
import { Module } from '@nestjs/common';
import { RegistryCalendarController } from './http/registry-calendar.controller.js';
import { TariffsController } from './http/tariffs.controller.js';
import { WorkingDaysController } from './http/working-days.controller.js';
import { MissingRegistries } from './missing-registries.service.js';
import { RegistryCalendar } from './registry-calendar.service.js';
import { Tariffs } from './tariffs.service.js';
import { WorkingCalendar } from './working-calendar.service.js';

const SERVICES = [Tariffs, WorkingCalendar, RegistryCalendar, MissingRegistries];
const CONTROLLERS = [TariffsController, WorkingDaysController, RegistryCalendarController];

/** Kaspi's registries: read, compared with the books, accepted; and our own. */
@Module({
  imports: [LedgerModule, QrPaymentsModule, RefundsModule, AlertsModule],
  providers: SERVICES,
  exports: SERVICES,
})
export class RegistriesModule {}

/** Accounting's calls about registries. */
@Module({ imports: [RegistriesModule], controllers: CONTROLLERS })
export class RegistriesHttpModule {}
