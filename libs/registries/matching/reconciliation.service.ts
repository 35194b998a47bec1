import { Alerts, type NewAlert } from '@mpp/alerts';
import { Clock } from '@mpp/kernel';
import { isDatabaseAway, type Queryable, ReportDatabase, type Write } from '@mpp/platform';
import { CUSTOMER_HAS_MONEY_STATUSES, Resolutions } from '@mpp/qr-payments';
import { Injectable, Logger } from '@nestjs/common';
import { pairRefunds } from '../domain/refund-pairs.js';
import { saveContradictions } from '../persistence/differences.js';
import type { RecheckScope } from '../persistence/discrepancies.sql.js';
import { type ChangedDiscrepancy, closeExplained, saveDiscrepancies } from '../persistence/discrepancy-matching.js';
import { ProcessingRepository } from '../persistence/processing.repository.js';
import {
  findConfirmedAbsent,
  findConfirmedInDoubt,
  findMonthsOf,
  findOpenScope,
  findRegistriesToRecheck,
} from '../persistence/rechecks.js';
import { findUnpairedRefunds, pairAsInOtherRegistries, rematchRows, savePairs } from '../persistence/row-matching.js';

/**
 * Compares registries with the books. The discrepancies depend only on both, not on the order in which registries are
 * received or on the number of comparisons: a repeat finds the same ones, and closes those that no longer exist.
 */
@Injectable()
export class Reconciliation {
  private readonly log = new Logger('Registries');

  constructor(
    private readonly database: ReportDatabase,
    private readonly registries: ProcessingRepository,
    private readonly resolutions: Resolutions,
    private readonly alerts: Alerts,
    private readonly clock: Clock,
  ) {}

  /** Pairs rows of refunds whose payment is matched with refunds of the books. `among`: only these rows. Returns how many. */
  async pairRefunds(tx: Queryable, registryId: string, among: readonly number[] | null): Promise<number> {
    let paired = await pairAsInOtherRegistries(tx, registryId, among);
    for (let after: string | null = null; ; ) {
      const page = await findUnpairedRefunds(tx, registryId, after, among);
      if (page === null) return paired;
      paired += await savePairs(tx, registryId, pairRefunds(page.rows, page.refunds));
      after = page.last;
    }
  }

  /**
   * Confirms payments in doubt that registries list as confirmed, each once, in its own transaction. `readRegistry` is a
   * registry whose rows are all stored. Returns how many. Source: R34.
   */
  async settleDoubts(readRegistry: string | null): Promise<number> {
    let settled = 0;
    for (const { paymentId, registryId } of await findConfirmedInDoubt(this.database, readRegistry)) {
      try {
        if (await this.resolutions.confirmByRegistry(paymentId, registryId)) settled++;
      } catch (error) {
        // One payment that cannot be confirmed must not stop the others or the registry.
        if (isDatabaseAway(error)) throw error;
        this.log.error(
          `payment ${paymentId}, confirmed by registry ${registryId}, cannot be settled: ${(error as Error).message}`,
        );
      }
    }
    return settled;
  }

  /**
   * Stores all discrepancies of the registry, and in the same transaction those of the totals of monthly registries over its
   * days: rechecks do not include a month without discrepancies.
   */
  async compareRegistry(tx: Write, registryId: string): Promise<void> {
    const changed = await saveDiscrepancies(tx, registryId, null, this.clock.now());
    const alerts = alertsOf(changed);
    if (changed.length > 0) {
      alerts.push({ kind: 'REGISTRY_DIFFERS', subject: registryId, details: { differences: changed.length } });
    }
    for (const month of await findMonthsOf(tx, registryId)) await this.recheckScope(tx, month, TOTALS);
    await this.alerts.raiseAlerts(tx, alerts);
  }

  /**
   * Checks again the open discrepancies of all registries, which a later registry, a refund, an operator or a new tariff may
   * have explained, and absent payments that are no longer in doubt; lists late contradictions of the PS (R36). Returns how many discrepancies it closed. Runs every
   * minute, and after each registry.
   */
  async recheckDiscrepancies(): Promise<number> {
    await this.settleDoubts(null);
    await saveContradictions(this.database, this.clock.now());
    let closed = 0;
    for (const id of await findRegistriesToRecheck(this.database)) closed += await this.recheckRegistry(id, null);
    for (const { registryId, payments } of await findConfirmedAbsent(this.database)) {
      await this.recheckRegistry(registryId, { rows: [], absent: payments, totals: false });
    }
    if (closed > 0) this.log.log(`${closed} explained discrepancies of registries are closed`);
    return closed;
  }

  private async recheckRegistry(id: string, scope: RecheckScope | null): Promise<number> {
    return this.database.longTransaction(async (tx) => {
      await this.registries.lockComparison(tx);
      const { closed, changed } = await this.recheckScope(tx, id, scope);
      await this.alerts.raiseAlerts(tx, alertsOf(changed));
      return closed;
    });
  }

  private async recheckScope(tx: Queryable, id: string, given: RecheckScope | null) {
    await this.registries.lockRegistry(tx, id);
    const at = this.clock.now();
    const scope = given ?? (await findOpenScope(tx, id));
    if (scope.rows.length > 0) {
      const matched = (await rematchRows(tx, id, scope.rows)) + (await this.pairRefunds(tx, id, scope.rows));
      // Counting reads the whole registry.
      if (matched > 0) await this.registries.countMatched(tx, id);
    }
    const closed = await closeExplained(tx, id, scope, at);
    return { closed, changed: await saveDiscrepancies(tx, id, scope, at) };
  }
}

const TOTALS: RecheckScope = { rows: [], absent: [], totals: true };

/** Alerts about money: a payment in doubt that Kaspi denies, and one that is reversed although Kaspi confirms it. */
function alertsOf(changed: readonly ChangedDiscrepancy[]): NewAlert[] {
  return changed.flatMap(({ kind, paymentId, expected, actual, proposal }): NewAlert[] => {
    if (kind !== 'STATUS_MISMATCH' || paymentId === null) return [];
    const details = { books: expected, registry: actual };
    if (proposal === 'REVERSE') return [{ kind: 'REGISTRY_PROPOSES_REVERSAL', subject: paymentId, details }];
    return actual === 'ДА' && expected !== null && CUSTOMER_HAS_MONEY.has(expected)
      ? [{ kind: 'REGISTRY_CONTRADICTS', subject: paymentId, details }]
      : [];
  });
}

const CUSTOMER_HAS_MONEY: ReadonlySet<string> = new Set(CUSTOMER_HAS_MONEY_STATUSES);
