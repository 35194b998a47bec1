import { AuditTrail } from '@mpp/access';
import { Clock, DomainError } from '@mpp/kernel';
import { Database } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type {
  Discrepancy,
  DiscrepancyChange,
  DiscrepancyCount,
  DiscrepancyFilter,
  DiscrepancyStatus,
} from '../domain/discrepancy.js';
import {
  changeDiscrepancy,
  countDiscrepancies,
  findDiscrepancy,
  lockDiscrepancy,
  selectChanges,
  selectDiscrepancies,
} from '../persistence/discrepancies.js';

/** Differences as accounting works them off. */
@Injectable()
export class Discrepancies {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** In the order in which they were found, at most `limit`, from behind this id on. */
  async list(filter: DiscrepancyFilter, limit: number, after: string | null): Promise<Discrepancy[]> {
    return selectDiscrepancies(this.database, filter, limit, after);
  }

  /** How many of each kind a registry has, and how many of those are open. */
  async countByKind(registryId: string): Promise<DiscrepancyCount[]> {
    return countDiscrepancies(this.database, registryId);
  }

  /** NOT_FOUND. */
  async one(id: string): Promise<{ discrepancy: Discrepancy; history: DiscrepancyChange[] }> {
    const discrepancy = await findDiscrepancy(this.database, id);
    if (discrepancy === null) throw new DomainError('NOT_FOUND');
    return { discrepancy, history: await selectChanges(this.database, id) };
  }

  /**
   * Says what became of it, and why, with a line in its history and in the audit trail. The same again changes
   * nothing; a note that is not given stays.
   */
  async change(
    id: string,
    status: DiscrepancyStatus,
    said: string | null | undefined,
    operator: string,
  ): Promise<Discrepancy> {
    return this.database.transaction(async (tx) => {
      const before = await lockDiscrepancy(tx, id);
      if (before === null) throw new DomainError('NOT_FOUND');
      const note = said === undefined ? before.note : said;
      if (before.status === status && before.note === note) return before;
      const at = this.clock.now();
      await changeDiscrepancy(tx, id, { at, actor: operator, status, note });
      await this.trail.record(tx, {
        at,
        actor: operator,
        action: 'DISCREPANCY_CHANGED',
        subject: id,
        reason: note,
        details: { registryId: before.registryId, kind: before.kind, from: before.status, to: status },
      });
      return { ...before, status, note, changedAt: at };
    });
  }
}
