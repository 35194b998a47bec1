import { Alerts } from '@mpp/alerts';
import { BackgroundWork, Database } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import type { MissingRegistry } from '../domain/registry-calendar.js';
import { RegistryCalendar } from './registry-calendar.service.js';

const LOOK_EVERY_MS = 60_000;

/** Tells operators of registries that did not come. */
@Injectable()
export class MissingRegistries {
  constructor(
    private readonly database: Database,
    private readonly registryCalendar: RegistryCalendar,
    private readonly alerts: Alerts,
    background: BackgroundWork,
  ) {
    background.register({
      name: 'missing-registries',
      everyMs: LOOK_EVERY_MS,
      work: () => this.look(),
      log: new Logger('Registries'),
      fails: 'missing registries cannot be looked for',
      worksAgain: 'missing registries are looked for again',
    });
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
