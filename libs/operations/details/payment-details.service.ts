import { type AuditEntry, AuditTrail } from '@mpp/access';
import { type CoreOperation, CoreRecord } from '@mpp/core-banking';
import { CallLog, type LoggedCall } from '@mpp/kaspi';
import type { PaymentId } from '@mpp/kernel';
import { Ledger, type ToldEntry } from '@mpp/ledger';
import { Outbox, type OutboxMessageView } from '@mpp/outbox';
import { PaymentTimelines, type PaymentView, type Resolution, Resolutions, type StatusChange } from '@mpp/qr-payments';
import { type RefundRecord, RefundTimelines } from '@mpp/refunds';
import { Injectable } from '@nestjs/common';

/** The whole story of a payment: what every feature has on record about it, each part from its beginning on. */
export interface PaymentDetailsView extends PaymentView {
  readonly history: readonly StatusChange[];
  readonly exchanges: readonly LoggedCall[];
  /** What a bank's core was asked for, for its refunds too. */
  readonly coreOperations: readonly CoreOperation[];
  /** Those of its refunds too. */
  readonly entries: readonly ToldEntry[];
  readonly refunds: readonly RefundRecord[];
  readonly messages: readonly OutboxMessageView[];
  readonly audit: readonly AuditEntry[];
}

/** Nobody does more to one payment; if somebody did, the latest are shown. */
const AUDIT_LINES = 1000;

/** Payments as operators work on them. */
@Injectable()
export class PaymentDetails {
  constructor(
    private readonly timelines: PaymentTimelines,
    private readonly callLog: CallLog,
    private readonly core: CoreRecord,
    private readonly ledger: Ledger,
    private readonly outbox: Outbox,
    private readonly trail: AuditTrail,
    private readonly resolutions: Resolutions,
    private readonly refunds: RefundTimelines,
  ) {}

  /** NOT_FOUND where there is no such payment. The parts are read one beside the other, not in one snapshot. */
  async readDetails(id: PaymentId): Promise<PaymentDetailsView> {
    const refunds = await this.refunds.refundsOfPayment(id);
    const refundIds = refunds.map((refund) => refund.id);
    const [payment, exchanges, coreOperations, entries, messages, audit] = await Promise.all([
      this.timelines.get(id),
      this.callLog.findByPayment(id),
      this.core.about(id, ...refundIds),
      this.ledger.entriesAbout(id, ...refundIds),
      this.outbox.findByKey(id),
      this.trail.list({ subject: id }, AUDIT_LINES, null),
    ]);
    return { ...payment, exchanges, coreOperations, entries, refunds, messages, audit: audit.toReversed() };
  }

  /** Settles a payment in doubt by what operations found out; see {@link Resolutions}. Returns it as it is then. */
  async resolve(id: PaymentId, outcome: Resolution, reason: string, operator: string): Promise<PaymentDetailsView> {
    await this.resolutions.resolve(id, outcome, reason, operator);
    return this.readDetails(id);
  }
}
