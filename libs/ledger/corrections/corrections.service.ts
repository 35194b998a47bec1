import { AuditTrail } from '@mpp/access';
import { Clock, DomainError, MAX_TIYN } from '@mpp/kernel';
import { Database, type Tx, violatedConstraint } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { In } from 'typeorm';
import { ACCOUNT_CLOSED } from '../domain/account.js';
import {
  ALREADY_CORRECTED,
  type CorrectionRequest,
  correctionOf,
  type Entry,
  MONEY_ALREADY_SPENT,
} from '../domain/entry.js';
import { AccountEntity } from '../persistence/account.entity.js';
import { findCorrection } from '../persistence/entries.js';
import { EntryEntity } from '../persistence/entry.entity.js';

/** Corrections by operators. An entry never changes: its correction is one more entry, in the opposite direction, at most one. */
@Injectable()
export class Corrections {
  private readonly log = new Logger('Ledger');

  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /**
   * Posts the correction and its line of the audit trail together; `created` is false if the same operator had posted it for
   * the same reason. Errors: NOT_FOUND; STATE_CONFLICT if the entry belongs to a payment or refund, is already corrected, its
   * money is spent, or it would credit a closed account; LIMIT_EXCEEDED if a balance would exceed the largest amount.
   */
  async correctEntry(request: CorrectionRequest): Promise<{ correction: Entry; created: boolean }> {
    const entry = await this.database.manager.findOneBy(EntryEntity, { id: request.corrects });
    if (entry === null) throw new DomainError('NOT_FOUND');
    try {
      const correction = await this.database.transaction((tx) => this.postCorrection(tx, entry, request));
      this.log.warn(`entry ${entry.id} ${entry.purpose} is corrected by entry ${correction.id}`);
      return { correction, created: true };
    } catch (error) {
      switch (violatedConstraint(error)) {
        case 'ledger_accounts_no_overdraft':
          throw new DomainError('STATE_CONFLICT', { detail: MONEY_ALREADY_SPENT });
        case 'ledger_accounts_open':
          throw new DomainError('STATE_CONFLICT', { detail: ACCOUNT_CLOSED });
        case 'ledger_entries_once':
          return { correction: await this.findSameCorrection(request), created: false };
        default:
          throw error;
      }
    }
  }

  private async postCorrection(tx: Tx, entry: Entry, request: CorrectionRequest): Promise<Entry> {
    const at = this.clock.now();
    const correction = tx.create(EntryEntity, correctionOf(entry, request, at));
    await tx.insert(EntryEntity, correction);
    const accounts = await tx.findBy(AccountEntity, { id: In([entry.debitAccountId, entry.creditAccountId]) });
    if (accounts.some(({ balance }) => balance !== null && balance > MAX_TIYN)) throw new DomainError('LIMIT_EXCEEDED');
    await this.trail.recordAction(tx, {
      at,
      actor: request.operator,
      action: 'ENTRY_CORRECTED',
      subject: entry.id,
      customerId: accounts.find(({ customerId }) => customerId !== null)?.customerId ?? null,
      reason: request.reason,
      details: { purpose: entry.purpose, reference: entry.reference, correction: correction.id },
    });
    return correction;
  }

  private async findSameCorrection({ corrects, reason, operator }: CorrectionRequest): Promise<Entry> {
    const correction = await findCorrection(this.database.manager, corrects);
    if (correction === null || correction.reason !== reason || correction.operator !== operator)
      throw new DomainError('STATE_CONFLICT', { detail: ALREADY_CORRECTED });
    return correction;
  }
}
