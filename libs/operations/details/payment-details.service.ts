import { CallLog, type LoggedCall } from '@mpp/kaspi';
import type { PaymentId } from '@mpp/kernel';
import {
  type PaymentTimeline,
  PaymentTimelines,
  type Resolution,
  Resolutions,
  ReversalOperations,
} from '@mpp/qr-payments';
import { type RefundRecord, RefundTimelines } from '@mpp/refunds';
import { Injectable } from '@nestjs/common';
import { type SharedRecords, SharedRecordsReader } from './shared-records.js';

/** Everything on record about a payment and its refunds. Each list is oldest first. */
export interface PaymentDetailsView extends PaymentTimeline, SharedRecords {
  readonly exchanges: readonly LoggedCall[];
  readonly refunds: readonly RefundRecord[];
}

/** Payments for operators. */
@Injectable()
export class PaymentDetails {
  constructor(
    private readonly timelines: PaymentTimelines,
    private readonly callLog: CallLog,
    private readonly refunds: RefundTimelines,
    private readonly records: SharedRecordsReader,
    private readonly resolutions: Resolutions,
    private readonly reversals: ReversalOperations,
  ) {}

  /** Throws NOT_FOUND. The parts are read at slightly different moments, not from one snapshot. */
  async readDetails(id: PaymentId): Promise<PaymentDetailsView> {
    const refunds = await this.refunds.refundsOfPayment(id);
    const references = [id, ...refunds.map((refund) => refund.id)];
    const [timeline, exchanges, records] = await Promise.all([
      this.timelines.getTimeline(id),
      this.callLog.findCallsOfPayment(id),
      this.records.readRecords(id, { references, messageKeys: [id] }),
    ]);
    return { ...timeline, ...records, exchanges, refunds };
  }

  /** Resolves a payment in doubt, see {@link Resolutions}, and returns it as it is then. */
  async resolve(id: PaymentId, outcome: Resolution, reason: string, operator: string): Promise<PaymentDetailsView> {
    await this.resolutions.resolve(id, outcome, reason, operator);
    return this.readDetails(id);
  }

  /** See {@link ReversalOperations.redirect}. Returns the payment as it is then. */
  async redirect(id: PaymentId, account: string, reason: string, operator: string): Promise<PaymentDetailsView> {
    await this.reversals.redirect(id, account, reason, operator);
    return this.readDetails(id);
  }
}
