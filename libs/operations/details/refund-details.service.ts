import { type AuditEntry, AuditTrail } from '@mpp/access';
import { type Alert, Alerts } from '@mpp/alerts';
import { type CoreOperation, CoreRecord } from '@mpp/core-banking';
import type { RefundId } from '@mpp/kernel';
import { Ledger, type ToldEntry } from '@mpp/ledger';
import { Outbox, type OutboxMessageView } from '@mpp/outbox';
import { type RefundCall, type RefundRecord, Refunds, RefundTimelines } from '@mpp/refunds';
import { Injectable } from '@nestjs/common';

/** The whole story of a refund: what every feature has on record about it, each part from its beginning on. */
export interface RefundDetailsView extends RefundRecord {
  readonly calls: readonly RefundCall[];
  /** What a bank's core was asked for. */
  readonly coreOperations: readonly CoreOperation[];
  readonly entries: readonly ToldEntry[];
  readonly messages: readonly OutboxMessageView[];
  readonly alerts: readonly Alert[];
  readonly audit: readonly AuditEntry[];
}

/** Nobody does more to one refund; if somebody did, the latest are shown. */
const MOST_LINES = 1000;

/** Refunds as operators work on them. */
@Injectable()
export class RefundDetails {
  constructor(
    private readonly timelines: RefundTimelines,
    private readonly refunds: Refunds,
    private readonly core: CoreRecord,
    private readonly ledger: Ledger,
    private readonly outbox: Outbox,
    private readonly alerts: Alerts,
    private readonly trail: AuditTrail,
  ) {}

  /** NOT_FOUND where nothing was ever decided about it. The parts are read one beside the other, not in one snapshot. */
  async readDetails(refundId: RefundId): Promise<RefundDetailsView> {
    const record = await this.timelines.readTimeline(refundId);
    const [coreOperations, entries, crediting, telling, alerts, audit] = await Promise.all([
      this.core.about(record.id),
      this.ledger.entriesAbout(record.id),
      this.outbox.findByKey(record.id),
      this.outbox.findByKey(refundId),
      this.alerts.list({ subject: refundId }, MOST_LINES, null),
      this.trail.list({ subject: refundId }, MOST_LINES, null),
    ]);
    const messages = [...crediting, ...telling];
    return { ...record, coreOperations, entries, messages, alerts: alerts.toReversed(), audit: audit.toReversed() };
  }

  /** Has it credited as soon as anyone has room; see {@link Refunds.retry}. Returns it as it is then. */
  async retry(refundId: RefundId, operator: string): Promise<RefundDetailsView> {
    await this.refunds.retry(refundId, operator);
    return this.readDetails(refundId);
  }

  /** Credits it on another account of the customer; see {@link Refunds.redirect}. Returns it as it is then. */
  async redirect(refundId: RefundId, account: string, reason: string, operator: string): Promise<RefundDetailsView> {
    await this.refunds.redirect(refundId, account, reason, operator);
    return this.readDetails(refundId);
  }
}
