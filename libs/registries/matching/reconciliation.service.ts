import { Alerts, type NewAlert } from '@mpp/alerts';
import { Clock, DomainError } from '@mpp/kernel';
import { Database, isDatabaseAway, type Queryable, type Write } from '@mpp/platform';
import { CUSTOMER_HAS_MONEY_STATUSES, Resolutions } from '@mpp/qr-payments';
import { Injectable, Logger } from '@nestjs/common';
import { pairRefunds } from '../domain/refund-pairs.js';
import { closeWhatAgrees, keepDifferences, type Noticed, type Scope } from '../persistence/differences.js';
import { RegistriesRepository } from '../persistence/registries.repository.js';
import { keepPairs, matchAgain, pairAsElsewhere, unpairedRefunds } from '../persistence/rows.js';
import {
  confirmedAndAbsent,
  confirmedInDoubt,
  monthsOver,
  openScope,
  unsettledRegistries,
} from '../persistence/unsettled.js';

/**
 * Registries against the books. What it finds depends on both alone, not on the order in which registries come or how often
 * they are compared: whatever is looked at again gives the same differences, and those that are gone close by themselves.
 */
@Injectable()
export class Reconciliation {
  private readonly log = new Logger('Registries');

  constructor(
    private readonly database: Database,
    private readonly registries: RegistriesRepository,
    private readonly resolutions: Resolutions,
    private readonly alerts: Alerts,
    private readonly clock: Clock,
  ) {}

  /** Gives each row of a refund its refund where only the payment is known; `among` some rows, or all. Returns how many. */
  async pairRefunds(tx: Queryable, registryId: string, among: readonly number[] | null): Promise<number> {
    let paired = await pairAsElsewhere(tx, registryId, among);
    for (let after: string | null = null; ; ) {
      const page = await unpairedRefunds(tx, registryId, after, among);
      if (page === null) return paired;
      paired += await keepPairs(tx, registryId, pairRefunds(page.rows, page.refunds));
      after = page.last;
    }
  }

  /**
   * Confirms payments in doubt that registries say were confirmed, each once, each on its own; `readNow` is a registry whose
   * rows have all been read. Source: R34.
   */
  async settleDoubts(readNow: string | null): Promise<number> {
    let settled = 0;
    for (const { paymentId, registryId } of await confirmedInDoubt(this.database, readNow)) {
      try {
        if (await this.resolutions.confirmByRegistry(paymentId, registryId)) settled++;
      } catch (error) {
        // One that cannot be confirmed, whyever, keeps neither the others in doubt nor the registry from its end.
        if (isDatabaseAway(error)) throw error;
        this.log.error(
          `${paymentId} is confirmed by registry ${registryId} and cannot be settled: ${(error as Error).message}`,
        );
      }
    }
    return settled;
  }

  /**
   * Puts down what differs in all of the registry, and sums up the months again that have days of it: in the same
   * transaction, for a month without a difference is not looked at later.
   */
  async compare(tx: Write, registryId: string): Promise<void> {
    const noticed = await keepDifferences(tx, registryId, null, this.clock.now());
    const alerts = alertsOf(noticed);
    if (noticed.length > 0) {
      alerts.push({ kind: 'REGISTRY_DIFFERS', subject: registryId, details: { differences: noticed.length } });
    }
    for (const month of await monthsOver(tx, registryId)) await this.bringUpToDate(tx, month, SUMS);
    await this.alerts.raise(tx, alerts);
  }

  /**
   * Looks again at what is open in any registry: a later registry, a refund, an operator or a new tariff may have explained
   * it; and at absent payments that are in doubt no longer. Returns how many differences closed by themselves. The schedule
   * calls it, and whoever finished a registry.
   */
  async lookAgain(): Promise<number> {
    await this.settleDoubts(null);
    let closed = 0;
    for (const id of await unsettledRegistries(this.database)) closed += await this.lookAgainAt(id, null);
    for (const { registryId, payments } of await confirmedAndAbsent(this.database)) {
      await this.lookAgainAt(registryId, { rows: [], absent: payments, sums: false });
    }
    if (closed > 0) this.log.log(`${closed} differences of registries closed by themselves`);
    return closed;
  }

  private async lookAgainAt(id: string, given: Scope | null): Promise<number> {
    return this.database.longTransaction(async (tx) => {
      await this.registries.compareAlone(tx);
      const { gone, noticed } = await this.bringUpToDate(tx, id, given);
      await this.alerts.raise(tx, alertsOf(noticed));
      return gone;
    });
  }

  private async bringUpToDate(tx: Queryable, id: string, given: Scope | null) {
    const before = await this.registries.lock(tx, id);
    if (before === null) throw new DomainError('NOT_FOUND');
    const at = this.clock.now();
    const scope = given ?? (await openScope(tx, id));
    if (scope.rows.length > 0) {
      const found = (await matchAgain(tx, id, scope.rows)) + (await this.pairRefunds(tx, id, scope.rows));
      // It goes over the whole registry.
      if (found > 0) await this.registries.countMatched(tx, id);
    }
    const gone = await closeWhatAgrees(tx, id, scope, at);
    return { gone, noticed: await keepDifferences(tx, id, scope, at) };
  }
}

const SUMS: Scope = { rows: [], absent: [], sums: true };

/** What cannot wait until somebody reads the list: money that one side has and the other does not know of. */
function alertsOf(noticed: readonly Noticed[]): NewAlert[] {
  return noticed.flatMap(({ kind, paymentId, expected, actual, proposal }): NewAlert[] => {
    if (kind !== 'STATUS_MISMATCH' || paymentId === null) return [];
    const details = { books: expected, registry: actual };
    if (proposal === 'REVERSE') return [{ kind: 'REGISTRY_PROPOSES_REVERSAL', subject: paymentId, details }];
    return actual === 'ДА' && expected !== null && CUSTOMER_HAS_MONEY.has(expected)
      ? [{ kind: 'REGISTRY_CONTRADICTS', subject: paymentId, details }]
      : [];
  });
}

const CUSTOMER_HAS_MONEY: ReadonlySet<string> = new Set(CUSTOMER_HAS_MONEY_STATUSES);
