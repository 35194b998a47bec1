import { AuditTrail } from '@mpp/access';
import { Clock, DomainError, MAX_TIYN } from '@mpp/kernel';
import { Database, type Tx, violatedConstraint } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { CORRECTED_ALREADY, demandCorrectable, type Entry, type Explanation, MONEY_IS_SPENT } from './domain/entry.js';
import { balanceOf, customerOf, findCorrection, findEntry, insertCorrection } from './persistence/journal.js';

/** Entries that operators take back. Nothing is ever changed: the mirror image of the entry is posted, once. */
@Injectable()
export class Corrections {
  private readonly log = new Logger('Ledger');

  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /**
   * Posts the correction and its line of the audit trail together; `created` is false where the same operator did it before
   * for the same reason. NOT_FOUND; STATE_CONFLICT where the entry follows a payment or refund, is corrected already, or
   * its money is spent; LIMIT_EXCEEDED where a balance would be more than an amount can be.
   */
  async correct(explanation: Explanation): Promise<{ correction: Entry; created: boolean }> {
    const entry = await findEntry(this.database, explanation.corrects);
    if (entry === null) throw new DomainError('NOT_FOUND');
    demandCorrectable(entry);
    try {
      const correction = await this.database.transaction((tx) => this.post(tx, entry, explanation));
      this.log.warn(`entry ${entry.id} ${entry.purpose} is corrected by entry ${correction.id}`);
      return { correction, created: true };
    } catch (error) {
      switch (violatedConstraint(error)) {
        case 'ledger_accounts_no_overdraft':
          throw new DomainError('STATE_CONFLICT', { detail: MONEY_IS_SPENT });
        case 'ledger_entries_once':
          return { correction: await this.known(explanation), created: false };
        default:
          throw error;
      }
    }
  }

  private async post(tx: Tx, entry: Entry, explanation: Explanation): Promise<Entry> {
    const at = this.clock.now();
    const correction = await insertCorrection(tx, explanation, at);
    if ((await balanceOf(tx, correction.credit)) > MAX_TIYN) throw new DomainError('LIMIT_EXCEEDED');
    await this.trail.record(tx, {
      at,
      actor: explanation.operator,
      action: 'ENTRY_CORRECTED',
      subject: entry.id,
      customerId: await customerOf(tx, correction),
      reason: explanation.reason,
      details: { purpose: entry.purpose, reference: entry.reference, correction: correction.id },
    });
    return correction;
  }

  private async known({ corrects, reason, operator }: Explanation): Promise<Entry> {
    const correction = await findCorrection(this.database, corrects);
    const same = correction?.correction?.reason === reason && correction.correction.operator === operator;
    if (correction === null || !same) throw new DomainError('STATE_CONFLICT', { detail: CORRECTED_ALREADY });
    return correction;
  }
}
