import { type AuditEntry, AuditTrail } from '@mpp/access';
import { type CoreOperation, CoreOperations } from '@mpp/core-banking';
import { type EntryWithAccountKinds, JournalEntries } from '@mpp/ledger';
import { Outbox, type OutboxMessageView } from '@mpp/outbox';
import { Injectable } from '@nestjs/common';

/** What core, journal, outbox and audit trail recorded about a payment or refund. Each list is oldest first. */
export interface SharedRecords {
  readonly coreOperations: readonly CoreOperation[];
  readonly entries: readonly EntryWithAccountKinds[];
  readonly messages: readonly OutboxMessageView[];
  readonly audit: readonly AuditEntry[];
}

/** More lines than one payment or refund ever has; of more the latest are shown. */
export const MOST_LINES = 1000;

@Injectable()
export class SharedRecordsReader {
  constructor(
    private readonly core: CoreOperations,
    private readonly journal: JournalEntries,
    private readonly outbox: Outbox,
    private readonly trail: AuditTrail,
  ) {}

  /** The lists are read at slightly different moments, not from one snapshot. */
  async readRecords(
    subject: string,
    ids: { readonly references: readonly string[]; readonly messageKeys: readonly string[] },
  ): Promise<SharedRecords> {
    const [coreOperations, entries, messages, audit] = await Promise.all([
      this.core.findOperationsBySubject(ids.references),
      this.journal.findByReferences(ids.references),
      Promise.all(ids.messageKeys.map((key) => this.outbox.findByKey(key))),
      this.trail.listActions({ subject }, MOST_LINES, null),
    ]);
    return { coreOperations, entries, messages: messages.flat(), audit: audit.toReversed() };
  }
}
