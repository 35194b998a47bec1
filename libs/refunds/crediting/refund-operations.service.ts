import { AuditTrail } from '@mpp/access';
import { accountId, Clock, DomainError, NO_ACCOUNT, type RefundId } from '@mpp/kernel';
import { Ledger } from '@mpp/ledger';
import { Outbox, type OutboxMessageView } from '@mpp/outbox';
import { Database, type Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { decideCredit } from '../domain/credit.js';
import type { Refund } from '../domain/refund.js';
import type { RefundRecord } from '../domain/timeline.js';
import { RefundsRepository } from '../persistence/refunds.repository.js';
import { CoreCredits } from './core-credits.service.js';
import { CreditWriter } from './credit-writer.js';
import { CREDIT_TOPIC } from './topic.js';

/** What operators do to refunds that are not credited. Every method throws NOT_FOUND for an unknown refundId. */
@Injectable()
export class RefundOperations {
  private readonly log = new Logger('Refunds');

  constructor(
    private readonly database: Database,
    private readonly refunds: RefundsRepository,
    private readonly ledger: Ledger,
    private readonly core: CoreCredits,
    private readonly credits: CreditWriter,
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
    const message = await this.findCreditMessage(record.id);
    await this.outbox.retryMessage(message.id, (tx) => this.recordAction(tx, 'REFUND_RETRIED', record, operator));
  }

  /**
   * Credits the refund on another account of the customer, in one transaction with journal and audit line. A bank's core is
   * requested to do so next, at once. Throws STATE_CONFLICT if the refund is credited, was refused, or may have been credited
   * by a core; ACCOUNT_UNUSABLE if the account is not the customer's or takes no money; CORE_UNAVAILABLE.
   */
  async redirectCrediting(refundId: RefundId, account: string, reason: string, operator: string): Promise<void> {
    const { id } = await this.findRecord(refundId);
    if (this.core.enabled) await this.redirectAtCore(id, account, reason, operator);
    else await this.redirectInLedger(id, account, reason, operator);
    this.log.warn(`refund ${refundId} was redirected by an operator`);
  }

  private async redirectInLedger(id: string, accountText: string, reason: string, operator: string): Promise<void> {
    const account = accountId(accountText) ?? NO_ACCOUNT;
    await this.database.transaction(async (tx) => {
      // As everywhere, the message is locked before what it is about.
      const message = await this.outbox.lockMessage(tx, CREDIT_TOPIC, id);
      if (message === null) throw new DomainError('STATE_CONFLICT');
      const before = await this.lockOwed(tx, id);
      if (await this.core.mayHaveCredited(tx, id)) throw new DomainError('STATE_CONFLICT');
      const [usable] = await this.ledger.lockReceivingAccounts(tx, [
        { customer: before.customerId, preferred: account },
      ]);
      if (usable !== account) throw new DomainError('ACCOUNT_UNUSABLE');
      await this.credits.writeCredits(tx, [{ before, decision: decideCredit(before, account, this.clock.now()) }]);
      await this.outbox.closeMessage(tx, message.id);
      await this.recordAction(tx, 'REFUND_REDIRECTED', before, operator, { reason, details: { accountId: account } });
    });
  }

  private async redirectAtCore(id: string, account: string, reason: string, operator: string): Promise<void> {
    const waiting = await this.findCreditMessage(id);
    const target = await this.core.findTarget(await this.refunds.readRefund(id), account);
    const message = await this.outbox.retryMessage(waiting.id, async (tx) => {
      const refund = await this.lockOwed(tx, id);
      await this.core.recordCredit(tx, refund, target);
      const details = { accountId: target.accountId };
      await this.recordAction(tx, 'REFUND_REDIRECTED', refund, operator, { reason, details });
    });
    if (message.status === 'IN_FLIGHT') throw new DomainError('STATE_CONFLICT');
  }

  private async findRecord(refundId: RefundId): Promise<RefundRecord> {
    const record = await this.refunds.findRecord(refundId);
    if (record === null) throw new DomainError('NOT_FOUND');
    return record;
  }

  private async findCreditMessage(id: string): Promise<OutboxMessageView> {
    const messages = await this.outbox.findByKey(id);
    const waiting = messages.find(({ topic, status }) => topic === CREDIT_TOPIC && status !== 'DONE');
    if (waiting === undefined) throw new DomainError('STATE_CONFLICT');
    return waiting;
  }

  private async lockOwed(tx: Tx, id: string): Promise<Refund> {
    const refund = (await this.refunds.lockRefunds(tx, [id])).get(id);
    if (refund === undefined || refund.status === 'CREDITED') throw new DomainError('STATE_CONFLICT');
    return refund;
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
