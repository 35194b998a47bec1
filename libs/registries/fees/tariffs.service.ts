import { AuditTrail } from '@mpp/access';
import { Clock, type LocalisedText } from '@mpp/kernel';
import { ReportDatabase, requireDistinctItems } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { diffTariffs, formatPercent, type Tariff, tariffKey } from '../domain/tariff.js';
import { findCurrentTariffs, insertTariffs, lockTariffs, saveReplaced } from '../persistence/current-tariffs.js';

/** The tariffs of Kaspi's fees, as accounting agreed them with Kaspi. */
@Injectable()
export class Tariffs {
  constructor(
    private readonly database: ReportDatabase,
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** By service, MCC and time. */
  async listTariffs(): Promise<Tariff[]> {
    return findCurrentTariffs(this.database.manager);
  }

  /**
   * Replaces the current list by this one and returns it. A tariff in both lists stays unchanged; replaced ones are kept.
   * Throws VALIDATION_FAILED if two tariffs have the same service, MCC and day.
   */
  async replaceTariffs(list: readonly Tariff[], operator: string): Promise<Tariff[]> {
    requireDistinctItems(list, tariffKey, ALREADY_LISTED);
    return this.database.transaction(async (tx) => {
      await lockTariffs(tx);
      const at = this.clock.now();
      const current = await findCurrentTariffs(tx);
      const { removed, added } = diffTariffs(current, list);
      if (removed.length + added.length === 0) return current;
      await saveReplaced(tx, removed, at, operator);
      await insertTariffs(tx, added, at, operator);
      const details = { removed: removed.map(auditedTariff), added: added.map(auditedTariff) };
      await this.trail.recordAction(tx, {
        at,
        actor: operator,
        action: 'TARIFFS_CHANGED',
        subject: 'tariffs',
        details,
      });
      return findCurrentTariffs(tx);
    });
  }
}

function auditedTariff({ mcc, service, rate, validFrom }: Tariff): object {
  return { mcc, service, percent: formatPercent(rate), validFrom };
}

const ALREADY_LISTED: LocalisedText = {
  ru: 'такой тариф (услуга, MCC и дата начала) уже есть в списке',
  kk: 'мұндай тариф (қызмет, MCC және басталу күні) тізімде бар',
};
