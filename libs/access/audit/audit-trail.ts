import { Database, newestIdFirst, type Position, ReportDatabase, selectWhere, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { AuditEntry, AuditFilter, NewAuditEntry } from '../domain/audit.js';
import { AuditEntryEntity } from '../persistence/audit-entry.entity.js';

/** The record of what operators did and why. The database refuses every change and removal of an entry. */
@Injectable()
export class AuditTrail {
  constructor(private readonly reports: ReportDatabase) {}

  /**
   * Records the action in its transaction, so that the entry exists if and only if the action took place. An action that writes
   * nothing else passes the database.
   */
  async recordAction(tx: Tx | Database, entry: NewAuditEntry): Promise<void> {
    const { customerId = null, reason = null, details = null } = entry;
    const manager = tx instanceof Database ? tx.manager : tx;
    await manager.insert(AuditEntryEntity, { ...entry, customerId, reason, details });
  }

  /** Newest first, at most `limit`, after the position. */
  async listActions(
    { action, subject, customerId }: AuditFilter,
    limit: number,
    after: Position | null,
  ): Promise<AuditEntry[]> {
    const query = selectWhere(this.reports.manager, AuditEntryEntity, { action, subject, customerId });
    return newestIdFirst(query, limit, after);
  }
}
