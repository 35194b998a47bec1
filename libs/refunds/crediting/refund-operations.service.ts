import { AuditTrail } from '@mpp/access';
import { CoreCredits, Crediting } from '@mpp/crediting';
import { Clock, DomainError, type RefundId } from '@mpp/kernel';
import { Outbox } from '@mpp/outbox';
import type { Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import type { RefundRecord } from '../domain/timeline.js';
import { RefundsRepository } from '../persistence/refunds.repository.js';
import { RefundCredits } from './refund-credits.js';
import { CREDIT_TOPIC } from './topic.js';

/** What operators do to refunds that are not credited. Every method throws NOT_FOUND for an unknown refundId. */
@Injectable()
export class RefundOperations {
  private readonly log = new Logger('Refunds');

  constructor(
    private readonly refunds: RefundsRepository,
    private readonly credits: RefundCredits,
    private readonly core: CoreCredits,
    private readonly crediting: Crediting,
    private readonly outbox: Outbox,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes the crediting due now and records the operator. An attempt that is under way is left alone. Throws STATE_CONFLICT
   * if the refund is credited or was refused.
   */
  async retryCrediting(refundId: RefundId, operator: string): Promise<void> {
    const record = await this.findRecord(refundId);
    const message = await this.crediting.findMessage(CREDIT_TOPIC, record.id);
    await this.outbox.retryMessage(message, (tx) => this.recordAction(tx, 'REFUND_RETRIED', record, operator));
  }

  /** Credits the refund on another account of the customer, see {@link Crediting.redirect}; a refused one is STATE_CONFLICT. */
  async redirectCrediting(refundId: RefundId, account: string, reason: string, operator: string): Promise<void> {
    const { id } = await this.findRecord(refundId);
    await this.crediting.redirect(this.credits, {
      id,
      account,
      atCore: this.core.enabled,
      record: (tx, refund, accountId) =>
        this.recordAction(tx, 'REFUND_REDIRECTED', refund, operator, { reason, details: { accountId } }),
    });
    this.log.warn(`refund ${refundId} was redirected by an operator`);
  }

  private async findRecord(refundId: RefundId): Promise<RefundRecord> {
    const record = await this.refunds.findRecord(refundId);
    if (record === null) throw new DomainError('NOT_FOUND');
    return record;
  }

  private async recordAction(
    tx: Tx,
    action: 'REFUND_RETRIED' | 'REFUND_REDIRECTED',
    { refundId: subject, customerId }: Pick<RefundRecord, 'refundId' | 'customerId'>,
    operator: string,
    why: { readonly reason?: string; readonly details?: object } = {},
  ): Promise<void> {
    await this.audit.recordAction(tx, { at: this.clock.now(), actor: operator, action, subject, customerId, ...why });
  }
}
