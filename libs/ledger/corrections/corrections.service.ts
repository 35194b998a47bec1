import { AuditTrail } from '@mpp/access';
import { Clock, DomainError, type LocalisedText, MAX_TIYN } from '@mpp/kernel';
import { Database, type Tx, violatedConstraint } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { In } from 'typeorm';
import { ACCOUNT_CLOSED } from '../domain/account.js';
import type { EntryPurpose } from '../domain/chart.js';
import {
  ALREADY_CORRECTED,
  type CorrectionRequest,
  correctionOf,
  type Entry,
  MONEY_ALREADY_SPENT,
  SETTLED_WITH_CUSTOMER,
} from '../domain/entry.js';
import { AccountEntity } from '../persistence/account.entity.js';
import { findBroughtBack, findCorrection } from '../persistence/entries.js';
import { EntryEntity } from '../persistence/entry.entity.js';

/** Throws a DomainError if the entry, whose correction is to be corrected, could not be booked now as it was at first. */
export type BringBackCheck = (tx: Tx, entry: Entry) => Promise<void>;

/** Corrections by operators. An entry never changes: its correction is one more entry, in the opposite direction, at most one. */
@Injectable()
export class Corrections {
  private readonly log = new Logger('Ledger');
  private readonly checks = new Map<EntryPurpose, BringBackCheck>();
  private readonly conflicts = new Map<string, LocalisedText>([
    ['ledger_accounts_no_overdraft', MONEY_ALREADY_SPENT],
    ['ledger_accounts_open', ACCOUNT_CLOSED],
    // Of a correction that was posted before these entries could not be corrected.
    ['ledger_entries_correction_parties', SETTLED_WITH_CUSTOMER],
  ]);

  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** Entries of these purposes are brought back, by a correction of their correction, only if the check allows it. */
  checkBringingBack(purposes: readonly EntryPurpose[], check: BringBackCheck): void {
    for (const purpose of purposes) this.checks.set(purpose, check);
  }

  /** A correction that violates this constraint of another lib is answered with STATE_CONFLICT and the text. */
  explainConstraint(constraint: string, detail: LocalisedText): void {
    this.conflicts.set(constraint, detail);
  }

  /**
   * Posts the correction and its line of the audit trail together; `created` is false if the same operator had posted it for
   * the same reason. Errors: NOT_FOUND; STATE_CONFLICT if the entry belongs to a payment or refund, moves a customer's money for a
   * difference, is already corrected, its money is spent, it would credit a closed account, or what it brings back could not be booked now; LIMIT_EXCEEDED if a balance
   * would exceed the largest amount.
   */
  async correctEntry(request: CorrectionRequest): Promise<{ correction: Entry; created: boolean }> {
    const entry = await this.database.manager.findOneBy(EntryEntity, { id: request.corrects });
    if (entry === null) throw new DomainError('NOT_FOUND');
    try {
      const correction = await this.database.transaction((tx) => this.postCorrection(tx, entry, request));
      this.log.warn(`entry ${entry.id} ${entry.purpose} is corrected by entry ${correction.id}`);
      return { correction, created: true };
    } catch (error) {
      const constraint = violatedConstraint(error);
      if (constraint === 'ledger_entries_once') {
        return { correction: await this.findSameCorrection(request), created: false };
      }
      const detail = this.conflicts.get(constraint ?? '');
      throw detail === undefined ? error : new DomainError('STATE_CONFLICT', { detail });
    }
  }

  private async postCorrection(tx: Tx, entry: Entry, request: CorrectionRequest): Promise<Entry> {
    const at = this.clock.now();
    const correction = tx.create(EntryEntity, correctionOf(entry, request, at));
    const broughtBack = await findBroughtBack(tx, entry);
    // A repeat of a correction is answered with it, whatever would be allowed now.
    if (broughtBack !== null && (await findCorrection(tx, entry.id)) === null) {
      await this.checks.get(broughtBack.purpose)?.(tx, broughtBack);
    }
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
