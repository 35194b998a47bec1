import { Clock } from '@mpp/kernel';
import { Database, Metrics, newestIdFirst, type Position, selectWhere, type Tx, type Write } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { Counter } from 'prom-client';
import { ALERT_KINDS, ALERTS, type Alert, type AlertFilter, type NewAlert } from './domain/alert.js';
import { AlertEntity } from './persistence/alert.entity.js';
import { countAlerts, insertAlerts } from './persistence/alerts.statement.js';

const BATCH = 200;

/** Alerts for operators. Each is listed, counted and logged once, however often and by how many processes it is raised. */
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

  /**
   * Writes those of the alerts that were not raised before, in the transaction of the change that causes them, and returns
   * them. They are counted and logged after the commit.
   */
  async raiseAlerts(tx: Write, alerts: readonly NewAlert[]): Promise<Alert[]> {
    if (alerts.length === 0) return [];
    const raised = await insertAlerts(tx, alerts, this.clock.now());
    tx.afterCommit(() => {
      for (const { kind, subject } of raised) {
        this.count.inc({ kind });
        this.log.error(`${kind} ${subject}: ${ALERTS[kind]}`);
      }
    });
    return raised;
  }

  /**
   * Raises the alerts of one batch after the other, each in a transaction of its own, until a batch is not full or the process
   * stops. Returns the number of alerts that are new.
   */
  async raiseInBatches(
    stopping: AbortSignal,
    nextBatch: (tx: Tx, limit: number) => Promise<{ readonly size: number; readonly alerts: readonly NewAlert[] }>,
  ): Promise<number> {
    for (let count = 0; ; ) {
      const { size, raised } = await this.database.transaction(async (tx) => {
        const batch = await nextBatch(tx, BATCH);
        return { size: batch.size, raised: await this.raiseAlerts(tx, batch.alerts) };
      });
      count += raised.length;
      if (size < BATCH || stopping.aborted) return count;
    }
  }

  /** Newest first, at most `limit`, after the position. */
  async listAlerts({ kind, subject }: AlertFilter, limit: number, after: Position | null): Promise<Alert[]> {
    return newestIdFirst(selectWhere(this.database.manager, AlertEntity, { kind, subject }), limit, after);
  }
}
