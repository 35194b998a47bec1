import { Alerts } from '@mpp/alerts';
import { BackgroundWork, ClockCheck, ReportDatabase } from '@mpp/platform';
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
    private readonly clocks: ClockCheck,
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

  /** Raises one alert for each missing registry, and returns all missing ones; none while the clock of this process is wrong (R42). */
  async alertMissing(): Promise<MissingRegistry[]> {
    const missing = await this.registryCalendar.findMissing();
    // After the clock was read: a registry that is missing only tomorrow must be alerted tomorrow.
    if (!this.clocks.agrees()) return [];
    const alerts = missing.map(({ kind, from, to, dueAt, days }) => ({
      kind: 'REGISTRY_MISSING' as const,
      subject: `${kind} ${from}..${to}`,
      details: { dueAt: dueAt.toISOString(), days },
    }));
    await this.database.statement((write) => this.alerts.raiseAlerts(write, alerts));
    return missing;
  }
}
