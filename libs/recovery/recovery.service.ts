import { AuditTrail } from '@mpp/access';
import { Settings } from '@mpp/config';
import { Clock, DomainError } from '@mpp/kernel';
import { Database, Metrics } from '@mpp/platform';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { RecoveryPeriod } from './domain/recovery-period.js';
import { beginRecovery, endRecovery, findRecovery, listRecoveries } from './persistence/recoveries.js';

/** How long another process may stay in a recovery that an operator has ended. */
const REFRESH_MS = 2000;

/**
 * Whether the database was restored to an earlier moment, so that it can have forgotten what was done since: what left then, by
 * whomever it is remembered, is asked for before anything is refused or closed. The state is in the database, for every process. Source: R39.
 */
@Injectable()
export class Recovery implements OnModuleInit {
  private readonly log = new Logger('Recovery');
  /** Newest first; only the first can be active. */
  private periods: readonly RecoveryPeriod[] = [];
  private readAt = 0;

  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    private readonly settings: Settings,
    metrics: Metrics,
  ) {
    metrics.gauge(
      'mpp_recovery_active',
      '1 from a start with RECOVERED_FROM until an operator ends the recovery',
      () => (this.active ? 1 : 0),
    );
  }

  /** Before any request is answered and any background work begins. */
  async onModuleInit(): Promise<void> {
    const { RECOVERED_FROM: recoveredFrom } = this.settings;
    if (recoveredFrom !== undefined) await this.begin(recoveredFrom);
    await this.refresh();
    if (this.active) {
      const from = this.latest?.recoveredFrom.toISOString();
      this.log.warn(
        `in recovery from ${from}: nothing is refused or closed on forgotten knowledge until an operator ends it`,
      );
    }
  }

  /** Read by every decision that could rest on forgotten knowledge; it does not wait for the database. */
  get active(): boolean {
    this.refreshInTime();
    return this.latest?.endedAt === null;
  }

  /** Whether the database was ever restored, so that it can lack what was done since. */
  get everBegan(): boolean {
    return this.latest !== null;
  }

  /** In a recovery: whether this existed before it began, so that what was done with it may be forgotten. */
  covers(what: { readonly createdAt: Date }): boolean {
    return this.active && this.wasRestored(what);
  }

  /** Whether this came with the restored database, also after the recovery has ended. */
  wasRestored({ createdAt }: { readonly createdAt: Date }): boolean {
    return this.latest !== null && createdAt < this.latest.startedAt;
  }

  /** Whether another result of the same purchase may have left before this payment was debited, and be forgotten. */
  mayForgetResultBefore({
    createdAt,
    debitedAt,
  }: {
    readonly createdAt: Date;
    readonly debitedAt: Date | null;
  }): boolean {
    if (debitedAt === null) return false;
    return this.periods.some(
      ({ startedAt, endedAt }) =>
        debitedAt >= startedAt && (endedAt === null || debitedAt < endedAt || createdAt < startedAt),
    );
  }

  /** The latest recovery, active or ended; null if there never was one. */
  async findLatest(): Promise<RecoveryPeriod | null> {
    return (await listRecoveries(this.database.manager))[0] ?? null;
  }

  /** Ends the active recovery. STATE_CONFLICT if there is none, unless the same operator ended the last one for the same reason. */
  async end(operator: string, reason: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      const at = this.clock.now();
      const wasActive = await endRecovery(tx, { at, operator, reason });
      const [latest] = await listRecoveries(tx);
      if (!wasActive) {
        if (latest?.endedBy !== operator || latest.reason !== reason) throw new DomainError('STATE_CONFLICT');
        return;
      }
      const subject = latest?.recoveredFrom.toISOString() ?? '';
      await this.audit.recordAction(tx, { at, actor: operator, action: 'RECOVERY_ENDED', subject, reason });
      tx.afterCommit(() => this.log.warn(`the recovery from ${subject} was ended`));
    });
    await this.refresh();
  }

  /** Another process may have ended the recovery. Without an answer it goes on. */
  private refreshInTime(): void {
    if (this.latest?.endedAt !== null || performance.now() - this.readAt < REFRESH_MS) return;
    this.readAt = performance.now();
    void this.refresh().catch(() => undefined);
  }

  private get latest(): RecoveryPeriod | null {
    return this.periods[0] ?? null;
  }

  private async begin(recoveredFrom: Date): Promise<void> {
    const known = await findRecovery(this.database.manager, recoveredFrom);
    if (known?.endedAt != null) {
      this.log.warn(`the recovery of RECOVERED_FROM was ended at ${known.endedAt.toISOString()}: remove the variable`);
    }
    await this.database.transaction((tx) => beginRecovery(tx, recoveredFrom, this.clock.now()));
  }

  private async refresh(): Promise<void> {
    this.periods = await listRecoveries(this.database.manager);
    this.readAt = performance.now();
  }
}
