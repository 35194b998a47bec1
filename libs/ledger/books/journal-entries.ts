import type { AccountId } from '@mpp/kernel';
import { type Position, ReportDatabase } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { LedgerAccounts } from '../accounts/ledger-accounts.js';
import type { Entry, EntryWithAccountKinds } from '../domain/entry.js';
import { findEntriesByReferences, listEntriesOfAccount } from '../persistence/entries.js';

/** The journal, as operators read it. */
@Injectable()
export class JournalEntries {
  constructor(
    private readonly database: ReportDatabase,
    private readonly accounts: LedgerAccounts,
  ) {}

  /** Newest first, at most `limit`, after the position; NOT_FOUND if the account does not exist. */
  async listByAccount(id: AccountId, limit: number, after: Position | null): Promise<Entry[]> {
    await this.accounts.readAccount(id);
    return listEntriesOfAccount(this.database.manager, id, limit, after);
  }

  /** Oldest first. Deposits are left out, because their reference is free text and may equal any id. */
  async findByReferences(references: readonly string[]): Promise<EntryWithAccountKinds[]> {
    return findEntriesByReferences(this.database.manager, references);
  }
}
