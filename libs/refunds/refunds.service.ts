import { AuditTrail } from '@mpp/access';
import { Alerts } from '@mpp/alerts';
import {
  type AccountId,
  accountId,
  Clock,
  type CustomerId,
  DomainError,
  type Locale,
  NO_ACCOUNT,
  type RefundId,
} from '@mpp/kernel';
import { Ledger } from '@mpp/ledger';
import { Outbox } from '@mpp/outbox';
import { Database, type Position, type Tx } from '@mpp/platform';
import { localised, type ReceiptLinks } from '@mpp/receipts';
import { Injectable, Logger } from '@nestjs/common';
import { CoreCredits } from './crediting/core-credits.service.js';
import { alertsOf, entryOf } from './crediting/postings.js';
import { CREDIT_TOPIC } from './crediting/topic.js';
import { decideCredit } from './domain/credit.js';
import type { Refund } from './domain/refund.js';
import { RefundsRepository } from './persistence/refunds.repository.js';
import { RefundEvents } from './refund-events.js';

/** Refunds that were taken in: what their customers see, and what operators do to them. */
@Injectable()
export class Refunds {
  private readonly log = new Logger('Refunds');

  constructor(
    private readonly database: Database,
    private readonly refunds: RefundsRepository,
    private readonly ledger: Ledger,
    private readonly core: CoreCredits,
    private readonly outbox: Outbox,
    private readonly alerts: Alerts,
    private readonly events: RefundEvents,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** NOT_FOUND for a refund that is not the customer's. */
  async get(customer: CustomerId, refundId: RefundId): Promise<Refund> {
    const refund = await this.refunds.find(customer, refundId);
    if (refund === null) throw new DomainError('NOT_FOUND');
    return refund;
  }

  /** The customer's own, newest first. */
  async list(customer: CustomerId, limit: number, after: Position | null): Promise<Refund[]> {
    return this.refunds.list(customer, limit, after);
  }

  /** The receipt's links in the given language (R25); NOT_FOUND where there is none. */
  async receipt(customer: CustomerId, refundId: RefundId, locale: Locale): Promise<ReceiptLinks> {
    const { linkReceipt, pdfReceipt } = await this.get(customer, refundId);
    if (linkReceipt === null && pdfReceipt === null) throw new DomainError('NOT_FOUND');
    return localised({ linkReceipt, pdfReceipt }, locale);
  }

  /**
   * Has it credited as soon as anyone has room, and puts down who asked for it. NOT_FOUND; STATE_CONFLICT where it is
   * credited, or was refused. One that is being credited at this moment is left alone.
   */
  async retry(refundId: RefundId, operator: string): Promise<void> {
    const row = await this.refunds.state(refundId);
    if (row === null) throw new DomainError('NOT_FOUND');
    const waiting = (await this.outbox.findByKey(row.id)).find(
      ({ topic, status }) => topic === CREDIT_TOPIC && status !== 'DONE',
    );
    if (waiting === undefined) throw new DomainError('STATE_CONFLICT');
    await this.outbox.retry(waiting.id, (tx) =>
      this.audit.record(tx, {
        at: this.clock.now(),
        actor: operator,
        action: 'REFUND_RETRIED',
        subject: refundId,
        customerId: row.customerId,
      }),
    );
  }

  /**
   * Credits it on another account of the customer: money, journal and the audit line together. NOT_FOUND; STATE_CONFLICT
   * where it is credited or was refused, or a core that is in use no more may have credited it; ACCOUNT_UNUSABLE where the
   * account is not the customer's, or takes no money.
   */
  async redirect(refundId: RefundId, asked: string, reason: string, operator: string): Promise<void> {
    const row = await this.refunds.state(refundId);
    if (row === null) throw new DomainError('NOT_FOUND');
    if (this.core.external) return this.redirectAtCore(row.id, refundId, asked, reason, operator);
    const account = accountId(asked) ?? NO_ACCOUNT;
    await this.database.transaction(async (tx) => {
      // First the message, then what it is about: here and everywhere.
      const message = await this.outbox.lockMessage(tx, CREDIT_TOPIC, row.id);
      if (message === null) throw new DomainError('STATE_CONFLICT');
      const refund = (await this.refunds.lock(tx, [row.id])).get(row.id);
      if (refund === undefined || refund.status === 'CREDITED') throw new DomainError('STATE_CONFLICT');
      if (await this.core.mayHaveCredited(tx, row.id)) throw new DomainError('STATE_CONFLICT');
      await this.credit(tx, refund, account);
      await this.outbox.closeMessage(tx, message.id);
      await this.recordRedirect(tx, refund, account, reason, operator);
    });
    this.log.warn(`refund ${refundId} CREDITED: redirected by an operator`);
  }

  /**
   * The outside core is asked to credit that account next, and at once. STATE_CONFLICT also where another credit may have
   * been carried out: its outcome is to be known first.
   */
  private async redirectAtCore(id: string, refundId: RefundId, asked: string, reason: string, operator: string) {
    const waiting = (await this.outbox.findByKey(id)).find(
      ({ topic, status }) => topic === CREDIT_TOPIC && status !== 'DONE',
    );
    if (waiting === undefined) throw new DomainError('STATE_CONFLICT');
    const target = await this.core.target(await this.refunds.read(id), asked);
    const message = await this.outbox.retry(waiting.id, async (tx) => {
      const refund = (await this.refunds.lock(tx, [id])).get(id);
      if (refund === undefined || refund.status === 'CREDITED') throw new DomainError('STATE_CONFLICT');
      await this.core.intend(tx, refund, target);
      await this.recordRedirect(tx, refund, target.accountId, reason, operator);
    });
    if (message.status === 'IN_FLIGHT') throw new DomainError('STATE_CONFLICT');
    this.log.warn(`refund ${refundId}: redirected by an operator`);
  }

  private async recordRedirect(tx: Tx, refund: Refund, account: AccountId, reason: string, operator: string) {
    await this.audit.record(tx, {
      at: this.clock.now(),
      actor: operator,
      action: 'REFUND_REDIRECTED',
      subject: refund.refundId,
      customerId: refund.customerId,
      reason,
      details: { accountId: account },
    });
  }

  private async credit(tx: Tx, before: Refund, account: AccountId) {
    const [receiver] = await this.ledger.receivingAccounts(tx, [{ customer: before.customerId, preferred: account }]);
    if (receiver !== account) throw new DomainError('ACCOUNT_UNUSABLE');
    const decision = decideCredit(before, account, this.clock.now());
    if (decision.refund === null) throw new DomainError('STATE_CONFLICT');
    await this.ledger.post(tx, entryOf({ before, decision }));
    await this.refunds.write(tx, [decision.refund]);
    await this.events.credited(tx, [decision.refund]);
    await this.alerts.raise(tx, alertsOf({ before, decision }));
  }
}
