import { Alerts } from '@mpp/alerts';
import { BackgroundWork, ReportDatabase } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import type { MissingRegistry } from '../domain/registry-calendar.js';
import { RegistryCalendar } from './registry-calendar.service.js';

const INTERVAL_MS = 60_000;

/** Alerts operators about registries that were not received in time. */
@Injectable()
export class MissingRegistries {
  constructor(
    private readonly database: ReportDatabase,
    private readonly registryCalendar: RegistryCalendar,
    private readonly alerts: Alerts,
    background: BackgroundWork,
  ) {
    background.register({
      name: 'missing-registries',
      everyMs: INTERVAL_MS,
      work: () => this.alertMissing(),
      log: new Logger('Registries'),
      fails: 'missing registries cannot be searched for',
      worksAgain: 'missing registries are searched for again',
    });
  }

  /** Raises one alert for each missing registry, and returns all missing ones. */
  async alertMissing(): Promise<MissingRegistry[]> {
    const missing = await this.registryCalendar.findMissing();
    const alerts = missing.map(({ kind, from, to, dueAt, days }) => ({
      kind: 'REGISTRY_MISSING' as const,
      subject: `${kind} ${from}..${to}`,
      details: { dueAt: dueAt.toISOString(), days },
    }));
    await this.database.statement((write) => this.alerts.raiseAlerts(write, alerts));
    return missing;
  }
}
