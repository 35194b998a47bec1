import { Alerts } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { Database, RepeatedWork } from '@mpp/platform';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { MissingRegistry } from './domain/registry-calendar.js';
import { RegistryCalendar } from './registry-calendar.service.js';

const LOOK_EVERY_MS = 60_000;

/** Tells operators of registries that did not come. */
@Injectable()
export class MissingRegistries implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly repeated: RepeatedWork;

  constructor(
    private readonly database: Database,
    private readonly registryCalendar: RegistryCalendar,
    private readonly alerts: Alerts,
    private readonly settings: Settings,
    schedule: SchedulerRegistry,
  ) {
    this.repeated = new RepeatedWork(schedule, {
      name: 'missing-registries',
      everyMs: LOOK_EVERY_MS,
      work: () => this.look(),
      log: new Logger('Registries'),
      says: { fails: 'missing registries cannot be looked for', worksAgain: 'missing registries are looked for again' },
    });
  }

  onApplicationBootstrap(): void {
    if (this.settings.OUTBOX_WORKER === 'on') this.repeated.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.repeated.stop();
  }

  /** Raises an alert for each that is missing, once, and returns all that are. The schedule calls it, and tests do. */
  async look(): Promise<MissingRegistry[]> {
    const missing = await this.registryCalendar.missing();
    const alerts = missing.map(({ kind, from, to, dueAt, days }) => ({
      kind: 'REGISTRY_MISSING' as const,
      subject: `${kind} ${from}..${to}`,
      details: { dueAt: dueAt.toISOString(), days },
    }));
    await this.database.statement((write) => this.alerts.raise(write, alerts));
    return missing;
  }
}
