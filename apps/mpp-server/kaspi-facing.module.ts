import { Settings } from '@mpp/config';
import { Health, HealthController, LoggingModule, Metrics, Stopping } from '@mpp/platform';
import { KaspiRefundsHttpModule, type RefundIntake } from '@mpp/refunds';
import { type DynamicModule, Global, Module } from '@nestjs/common';

export interface SharedServices {
  readonly settings: Settings;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly stopping: Stopping;
  readonly intake: RefundIntake;
}

/**
 * The Kaspi-facing listener: a second, small application in the same process on its own port. It receives the services of
 * the first one, so that connection pools and workers exist once.
 */
@Global()
@Module({})
export class KaspiFacingModule {
  static with({ settings, health, metrics, stopping, intake }: SharedServices): DynamicModule {
    const sharedProviders = [
      { provide: Settings, useValue: settings },
      { provide: Health, useValue: health },
      { provide: Metrics, useValue: metrics },
      { provide: Stopping, useValue: stopping },
    ];
    return {
      module: KaspiFacingModule,
      imports: [LoggingModule, KaspiRefundsHttpModule.with(settings.KASPI_REFUND_PATH, intake)],
      controllers: [HealthController],
      providers: sharedProviders,
      exports: sharedProviders,
    };
  }
}
