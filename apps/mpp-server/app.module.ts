import { AccessHttpModule, AccessModule, AuditHttpModule } from '@mpp/access';
import { AlertsHttpModule } from '@mpp/alerts';
import { CalendarHttpModule } from '@mpp/calendar';
import { AccountsHttpModule } from '@mpp/core-banking';
import { CustomCheckoutHttpModule } from '@mpp/custom-checkout';
import { BooksHttpModule } from '@mpp/ledger';
import { NotificationsHttpModule } from '@mpp/notifications';
import { OperationsHttpModule } from '@mpp/operations';
import { OutboxModule } from '@mpp/outbox';
import { HealthController, MetricsController, PlatformModule, type PlatformOptions } from '@mpp/platform';
import { QrPaymentsHttpModule } from '@mpp/qr-payments';
import { RefundsHttpModule } from '@mpp/refunds';
import { RegistriesHttpModule } from '@mpp/registries';
import { SettlementsHttpModule } from '@mpp/settlements';
import { type DynamicModule, Module } from '@nestjs/common';

/** Served on the public listener beside the APIs. */
@Module({ controllers: [HealthController, MetricsController] })
class ProbesHttpModule {}

/** What the mobile document describes. */
export const MOBILE_API = [QrPaymentsHttpModule, CustomCheckoutHttpModule, RefundsHttpModule, AccountsHttpModule];
/** What the operator document describes. */
export const OPERATOR_API = [
  OperationsHttpModule,
  NotificationsHttpModule,
  AlertsHttpModule,
  BooksHttpModule,
  RegistriesHttpModule,
  CalendarHttpModule,
  SettlementsHttpModule,
  AuditHttpModule,
];

/** The whole product: every service, once per process, and the public listener's routes. */
@Module({})
export class AppModule {
  static with(options: PlatformOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.with(options),
        OutboxModule,
        AccessModule,
        AccessHttpModule.with(options.settings),
        ProbesHttpModule,
        ...MOBILE_API,
        ...OPERATOR_API,
      ],
    };
  }
}
