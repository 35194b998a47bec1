import { AuditTrail } from '@mpp/access';
import { Clock, DomainError } from '@mpp/kernel';
import { Database } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { formatPercent, type Tariff, tariffKey } from '../domain/tariff.js';
import { addNew, endOthers, holdTariffs, type SetTariff, selectTariffs } from '../persistence/tariffs.js';

/** By what Kaspi takes its fees, as accounting has agreed it with them. */
@Injectable()
export class Tariffs {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
  ) {}

  async list(): Promise<SetTariff[]> {
    return selectTariffs(this.database);
  }

  /**
   * Puts this list in the place of the one that counts. What stands in both stays as it was set; what is replaced is kept.
   * VALIDATION_FAILED where the list has two tariffs of the same service and MCC from the same day.
   */
  async replace(list: readonly Tariff[], operator: string): Promise<SetTariff[]> {
    demandOnce(list);
    return this.database.transaction(async (tx) => {
      await holdTariffs(tx);
      const at = this.clock.now();
      const removed = await endOthers(tx, list, at, operator);
      const added = await addNew(tx, list, at, operator);
      if (removed.length + added.length > 0) {
        const details = { removed: removed.map(shown), added: added.map(shown) };
        await this.trail.record(tx, { at, actor: operator, action: 'TARIFFS_CHANGED', subject: 'tariffs', details });
      }
      return selectTariffs(tx);
    });
  }
}

function demandOnce(list: readonly Tariff[]): void {
  const seen = new Set<string>();
  const message = {
    ru: 'такой тариф (услуга, MCC и дата начала) уже есть в списке',
    kk: 'мұндай тариф (қызмет, MCC және басталу күні) тізімде бар',
  };
  const errors = list.flatMap((tariff, index) => {
    const key = tariffKey(tariff);
    if (seen.has(key)) return [{ field: `items.${index}`, message }];
    seen.add(key);
    return [];
  });
  if (errors.length > 0) throw new DomainError('VALIDATION_FAILED', { errors });
}

function shown({ mcc, service, rate, validFrom }: Tariff): object {
  return { mcc, service, percent: formatPercent(rate), validFrom };
}
