import { Settings } from '@mpp/config';
import { RepeatedWork } from '@mpp/platform';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Reconciliation } from './reconciliation.service.js';

const EVERY_MS = 60_000;

/** What differs is looked at again every minute: a payment that was settled, a refund or a tariff may explain it by now. */
@Injectable()
export class Rechecks implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly repeated: RepeatedWork;

  constructor(
    reconciliation: Reconciliation,
    private readonly settings: Settings,
    schedule: SchedulerRegistry,
  ) {
    this.repeated = new RepeatedWork(schedule, {
      name: 'registry-rechecks',
      everyMs: EVERY_MS,
      work: () => reconciliation.lookAgain(),
      log: new Logger('Registries'),
      says: { fails: 'differences cannot be looked at again', worksAgain: 'differences are looked at again' },
    });
  }

  onApplicationBootstrap(): void {
    if (this.settings.OUTBOX_WORKER === 'on') this.repeated.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.repeated.stop();
  }
}
