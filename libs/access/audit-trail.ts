import { Database, type Position, type Queryable } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { AuditEntry, AuditFilter, NewAuditEntry } from './domain/audit.js';
import { insertEntry, selectEntries } from './persistence/audit-entries.js';

/**
 * Who did what, to what, and why. Nobody can change or remove an entry: the database refuses it. What is recorded within
 * the transaction that does it stays exactly if what was done stays.
 */
@Injectable()
export class AuditTrail {
  constructor(private readonly database: Database) {}

  /** Takes the transaction in which it is done; the database itself only where nothing else is written. */
  async record(queryable: Queryable, entry: NewAuditEntry): Promise<void> {
    await insertEntry(queryable, entry);
  }

  /** Newest first, at most `limit`, from behind the position on. */
  async list(filter: AuditFilter, limit: number, after: Position | null): Promise<AuditEntry[]> {
    return selectEntries(this.database, filter, limit, after?.id ?? null);
  }
}
