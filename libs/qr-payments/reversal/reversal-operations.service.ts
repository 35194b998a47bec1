import { AuditTrail } from '@mpp/access';
import { Crediting } from '@mpp/crediting';
import { Clock, DomainError, type PaymentId } from '@mpp/kernel';
import { Database } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { findPayment } from '../persistence/payment-search.js';
import { ReversalCredits } from './reversal-credits.js';

/** What operators do to debits that are not given back yet. */
@Injectable()
export class ReversalOperations {
  private readonly log = new Logger('Payments');

  constructor(
    private readonly database: Database,
    private readonly reversals: ReversalCredits,
    private readonly crediting: Crediting,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /**
   * Gives the debit back to another account of the customer, see {@link Crediting.redirect}: in the own ledger if it was made
   * there, else at the core. NOT_FOUND for an unknown payment; STATE_CONFLICT also for one that is not REVERSING.
   */
  async redirect(id: PaymentId, account: string, reason: string, operator: string): Promise<void> {
    const payment = await findPayment(this.database, id);
    if (payment === null) throw new DomainError('NOT_FOUND');
    if (payment.status !== 'REVERSING') throw new DomainError('STATE_CONFLICT');
    await this.crediting.redirect(this.reversals, {
      id,
      account,
      atCore: payment.debitRequestedAt !== null,
      record: (tx, { id: subject, customerId }, accountId) =>
        this.audit.recordAction(tx, {
          at: this.clock.now(),
          actor: operator,
          action: 'REVERSAL_REDIRECTED',
          subject,
          customerId,
          reason,
          details: { accountId },
        }),
    });
    this.log.warn(`the reversal of ${id} was redirected by an operator`);
  }
}
