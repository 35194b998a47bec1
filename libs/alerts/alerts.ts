import { Clock } from '@mpp/kernel';
import { Database, Metrics, type Position, type Queryable } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { Counter } from 'prom-client';
import { ALERT_KINDS, ALERTS, type Alert, type AlertFilter, type NewAlert } from './domain/alert.js';
import { countAlerts, insertAlerts, selectAlerts } from './persistence/alert-rows.js';

/**
 * What operators have to look at: listed, counted and logged, each once for ever, however many processes and repeats come
 * upon it.
 */
@Injectable()
export class Alerts {
  private readonly log = new Logger('Alerts');
  private readonly count: Counter;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.count = new Counter({
      name: 'mpp_alerts_total',
      help: 'Alerts raised by this process, by kind',
      labelNames: ['kind'],
      registers: [metrics.registry],
    });
    metrics.gaugeBy('kind', 'mpp_alerts_raised', 'Alerts ever raised by any process, by kind', async () => {
      const counted = await countAlerts(database);
      return [
        ...ALERT_KINDS.map((kind) => [kind, 0] as const),
        ...counted.map((row) => [row.kind, row.number] as const),
      ];
    });
    // An increase is only seen from a zero before it.
    for (const kind of ALERT_KINDS) this.count.inc({ kind }, 0);
  }

  /** In the transaction in which it happens. {@link announce} what it returns once that is committed: the new ones. */
  async raise(queryable: Queryable, alerts: readonly NewAlert[]): Promise<Alert[]> {
    return alerts.length === 0 ? [] : insertAlerts(queryable, alerts, this.clock.now());
  }

  announce(raised: readonly Alert[]): void {
    for (const { kind, subject } of raised) {
      this.count.inc({ kind });
      this.log.error(`${kind} ${subject}: ${ALERTS[kind]}`);
    }
  }

  /** Newest first, at most `limit`, from behind the position on. */
  async list(filter: AlertFilter, limit: number, after: Position | null): Promise<Alert[]> {
    return selectAlerts(this.database, filter, limit, after?.id ?? null);
  }
}
