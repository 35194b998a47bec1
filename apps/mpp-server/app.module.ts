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

/** The routes of the mobile API's document. */
export const MOBILE_API = [QrPaymentsHttpModule, CustomCheckoutHttpModule, RefundsHttpModule, AccountsHttpModule];
/** The routes of the operator API's document. */
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

/** All services, once per process, and the routes of the public listener. */
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
