import { AuditTrail } from '@mpp/access';
import { Clock, DomainError } from '@mpp/kernel';
import { ReportDatabase } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type {
  Discrepancy,
  DiscrepancyChange,
  DiscrepancyCount,
  DiscrepancyFilter,
  DiscrepancyStatus,
} from '../domain/discrepancy.js';
import { DiscrepanciesRepository } from '../persistence/discrepancies.repository.js';

/** Discrepancies as operators read and change them. */
@Injectable()
export class Discrepancies {
  constructor(
    private readonly database: ReportDatabase,
    private readonly discrepancies: DiscrepanciesRepository,
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** In the order in which they were found. */
  async listDiscrepancies(filter: DiscrepancyFilter, limit: number, after: string | null): Promise<Discrepancy[]> {
    return this.discrepancies.listDiscrepancies(filter, limit, after);
  }

  /** The number of discrepancies of a registry, and of open ones, by kind. */
  async countByKind(registryId: string): Promise<DiscrepancyCount[]> {
    return this.discrepancies.countByKind(registryId);
  }

  /** Throws NOT_FOUND. */
  async readDiscrepancy(id: string): Promise<{ discrepancy: Discrepancy; history: DiscrepancyChange[] }> {
    const discrepancy = await this.discrepancies.findDiscrepancy(id);
    if (discrepancy === null) throw new DomainError('NOT_FOUND');
    return { discrepancy, history: await this.discrepancies.findHistory(id) };
  }

  /**
   * Changes status and note, with a line in the history and in the audit trail. The same change again writes nothing; an
   * undefined note stays. Throws NOT_FOUND.
   */
  async changeDiscrepancy(
    id: string,
    status: DiscrepancyStatus,
    newNote: string | null | undefined,
    operator: string,
  ): Promise<void> {
    await this.database.transaction(async (tx) => {
      const before = await this.discrepancies.lockDiscrepancy(tx, id);
      if (before === null) throw new DomainError('NOT_FOUND');
      const note = newNote === undefined ? before.note : newNote;
      if (before.status === status && before.note === note) return;
      const at = this.clock.now();
      await this.discrepancies.saveChange(tx, id, { at, actor: operator, status, note });
      await this.trail.recordAction(tx, {
        at,
        actor: operator,
        action: 'DISCREPANCY_CHANGED',
        subject: id,
        reason: note,
        details: { registryId: before.registryId, kind: before.kind, from: before.status, to: status },
      });
    });
  }
}
