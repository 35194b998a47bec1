import { ReportDatabase, selectWhere, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { Discrepancy, DiscrepancyChange, DiscrepancyCount, DiscrepancyFilter } from '../domain/discrepancy.js';
import { DiscrepancyEntity } from './discrepancy.entity.js';
import { DiscrepancyChangeEntity } from './discrepancy-change.entity.js';

/** Discrepancies as operators read and change them. */
@Injectable()
export class DiscrepanciesRepository {
  constructor(private readonly database: ReportDatabase) {}

  /** In the order in which they were found: those of one registry in the order of its rows. */
  async listDiscrepancies(filter: DiscrepancyFilter, limit: number, after: string | null): Promise<Discrepancy[]> {
    const query = selectWhere(this.database.manager, DiscrepancyEntity, { ...filter });
    if (after !== null) query.andWhere('row.id > :after', { after });
    return query.orderBy('row.id').limit(limit).getMany();
  }

  async countByKind(registryId: string): Promise<DiscrepancyCount[]> {
    return selectWhere(this.database.manager, DiscrepancyEntity, { registryId })
      .select([
        'row.kind as kind',
        'count(*)::int as found',
        `(count(*) filter (where row.status = 'OPEN'))::int as open`,
      ])
      .groupBy('row.kind')
      .orderBy('row.kind')
      .getRawMany();
  }

  async findDiscrepancy(id: string): Promise<Discrepancy | null> {
    return this.database.manager.findOneBy(DiscrepancyEntity, { id });
  }

  /** Oldest first. */
  async findHistory(discrepancyId: string): Promise<DiscrepancyChange[]> {
    return this.database.manager.find(DiscrepancyChangeEntity, { where: { discrepancyId }, order: { id: 'ASC' } });
  }

  /** Locks the discrepancy until the transaction ends. */
  async lockDiscrepancy(tx: Tx, id: string): Promise<Discrepancy | null> {
    return tx.findOne(DiscrepancyEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  async saveChange(tx: Tx, discrepancyId: string, change: DiscrepancyChange): Promise<void> {
    const { status, note, at: changedAt } = change;
    await tx.update(DiscrepancyEntity, { id: discrepancyId }, { status, note, changedAt, closedByItself: false });
    await tx.insert(DiscrepancyChangeEntity, { ...change, discrepancyId });
  }
}
