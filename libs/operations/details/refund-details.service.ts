import { type Alert, Alerts } from '@mpp/alerts';
import type { RefundId } from '@mpp/kernel';
import { OperatorRefunds, type RefundCall, RefundOperations, type RefundRecord, RefundTimelines } from '@mpp/refunds';
import { Injectable } from '@nestjs/common';
import { MOST_LINES, type SharedRecords, SharedRecordsReader } from './shared-records.js';

/** Everything on record about a refundId. Each list is oldest first. */
export interface RefundDetailsView extends RefundRecord, SharedRecords {
  readonly calls: readonly RefundCall[];
  readonly alerts: readonly Alert[];
}

/** Refunds for operators. */
@Injectable()
export class RefundDetails {
  constructor(
    private readonly timelines: RefundTimelines,
    private readonly records: SharedRecordsReader,
    private readonly alerts: Alerts,
    private readonly operations: RefundOperations,
    private readonly refusals: OperatorRefunds,
  ) {}

  /** Throws NOT_FOUND if nothing was decided about the refundId. */
  async readDetails(refundId: RefundId): Promise<RefundDetailsView> {
    const timeline = await this.timelines.readTimeline(refundId);
    const { id } = timeline;
    const [alerts, records] = await Promise.all([
      this.alerts.listAlerts({ subject: refundId }, MOST_LINES, null),
      this.records.readRecords(refundId, { references: [id], messageKeys: [id, refundId] }),
    ]);
    return { ...timeline, ...records, alerts: alerts.toReversed() };
  }

  /** See {@link RefundOperations.retryCrediting}. Returns the refund as it is then. */
  async retry(refundId: RefundId, operator: string): Promise<RefundDetailsView> {
    await this.operations.retryCrediting(refundId, operator);
    return this.readDetails(refundId);
  }

  /** See {@link RefundOperations.redirectCrediting}. Returns the refund as it is then. */
  async redirect(refundId: RefundId, account: string, reason: string, operator: string): Promise<RefundDetailsView> {
    await this.operations.redirectCrediting(refundId, account, reason, operator);
    return this.readDetails(refundId);
  }

  /** See {@link OperatorRefunds.allowRecheck}. Returns the refund as it is then. */
  async allowRecheck(refundId: RefundId, reason: string, operator: string): Promise<RefundDetailsView> {
    await this.refusals.allowRecheck(refundId, reason, operator);
    return this.readDetails(refundId);
  }
}
