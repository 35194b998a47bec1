import { CoreBanking } from '@mpp/core-banking';
import { debitOperationId, isWaiting, type Payment, PaymentTimelines } from '@mpp/qr-payments';
import { Recovery, type RecoveryPeriod } from '@mpp/recovery';
import { type RefundCall, type RefundRecord, RefundTimelines } from '@mpp/refunds';
import { Injectable } from '@nestjs/common';

const AT_MOST = 200;
/** Inquiries at the core at the same time. */
const AT_ONCE = 8;

/** What the bank's core says of the debit of a payment that waits for its customer. */
export type DebitAtCore = 'DONE' | 'REFUSED' | 'NEVER_SEEN' | 'UNKNOWN';

/** What is left of a recovery, and what was closed since it began; at most 200 of each kind, the oldest first. */
export interface RecoveryOverview {
  /** The latest recovery; null if there never was one. */
  readonly period: RecoveryPeriod | null;
  /** Null: there is no core, the debit is recorded here, or the recovery has ended. */
  readonly openPayments: readonly (Payment & { readonly debitAtCore: DebitAtCore | null })[];
  readonly openRefunds: readonly RefundRecord[];
  readonly deferredRefunds: readonly RefundCall[];
  readonly closedPayments: readonly Payment[];
}

/** The state of a recovery, for operators (R39). */
@Injectable()
export class RecoveryOverviews {
  constructor(
    private readonly recovery: Recovery,
    private readonly payments: PaymentTimelines,
    private readonly refunds: RefundTimelines,
    private readonly core: CoreBanking,
  ) {}

  async getOverview(): Promise<RecoveryOverview> {
    const period = await this.recovery.findLatest();
    if (period === null) return { period, openPayments: [], openRefunds: [], deferredRefunds: [], closedPayments: [] };
    const [open, openRefunds, deferredRefunds, closedPayments] = await Promise.all([
      this.payments.listInRecovery(period, 'open', AT_MOST),
      this.refunds.findOwedBefore(period.startedAt, AT_MOST),
      this.refunds.findDeferredSince(period.startedAt, AT_MOST),
      this.payments.listInRecovery(period, 'closed', AT_MOST),
    ]);
    const debits = period.endedAt === null ? await this.askCore(open) : new Map<string, DebitAtCore>();
    const openPayments = open.map((payment) => ({ ...payment, debitAtCore: debits.get(payment.id) ?? null }));
    return { period, openPayments, openRefunds, deferredRefunds, closedPayments };
  }

  /** A payment that waits for its customer may have been confirmed and debited, and that be forgotten. */
  private async askCore(open: readonly Payment[]): Promise<ReadonlyMap<string, DebitAtCore>> {
    const core = this.core.external;
    const waiting = core === null ? [] : open.filter(({ status }) => isWaiting(status));
    const debits = new Map<string, DebitAtCore>();
    const ask = async () => {
      for (let payment = waiting.pop(); core !== null && payment !== undefined; payment = waiting.pop()) {
        const { kind } = await core.findOutcome(debitOperationId(payment));
        debits.set(payment.id, SAYS[kind]);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, ask));
    return debits;
  }
}

const SAYS = { done: 'DONE', refused: 'REFUSED', 'never-seen': 'NEVER_SEEN', unknown: 'UNKNOWN' } as const;
