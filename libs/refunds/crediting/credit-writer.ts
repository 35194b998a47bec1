import { Alerts, type NewAlert } from '@mpp/alerts';
import { Ledger, type NewEntry, SHARED_ACCOUNTS } from '@mpp/ledger';
import type { Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { CreditDecision, CreditPosting } from '../domain/credit.js';
import type { Refund } from '../domain/refund.js';
import { RefundsRepository } from '../persistence/refunds.repository.js';
import { RefundEvents } from '../refund-events.js';

export interface DecidedCredit {
  readonly before: Refund;
  readonly decision: CreditDecision;
}

/** Writes decisions about crediting: journal entries, refunds, alerts and the events for customers, in one transaction. */
@Injectable()
export class CreditWriter {
  constructor(
    private readonly refunds: RefundsRepository,
    private readonly ledger: Ledger,
    private readonly alerts: Alerts,
    private readonly events: RefundEvents,
  ) {}

  /** The refunds are locked. Returns those that changed, as they are now. */
  async writeCredits(tx: Tx, credits: readonly DecidedCredit[]): Promise<Refund[]> {
    const changed = credits.flatMap(({ decision }) => decision.refund ?? []);
    await this.ledger.postEntries(tx, credits.flatMap(creditEntries));
    await this.refunds.saveCrediting(tx, changed);
    await this.alerts.raiseAlerts(tx, credits.flatMap(creditAlerts));
    await this.events.enqueueCredited(
      tx,
      changed.filter(({ status }) => status === 'CREDITED'),
    );
    return changed;
  }
}

function creditEntries({ before, decision: { refund, posting } }: DecidedCredit): NewEntry[] {
  if (refund === null || posting === null) return [];
  return [{ reference: before.id, amount: before.amount, ...accountsOf(posting, refund) }];
}

function accountsOf(posting: CreditPosting, { refundId, creditedAccountId }: Refund) {
  const { RECEIVABLE_FROM_KASPI, REFUNDS_IN_SUSPENSE } = SHARED_ACCOUNTS;
  if (posting === 'SUSPEND') {
    return { purpose: 'REFUND', debit: RECEIVABLE_FROM_KASPI, credit: REFUNDS_IN_SUSPENSE } as const;
  }
  if (creditedAccountId === null) throw new Error(`refund ${refundId} is credited to no account`);
  return posting === 'CREDIT'
    ? ({ purpose: 'REFUND', debit: RECEIVABLE_FROM_KASPI, credit: creditedAccountId } as const)
    : ({ purpose: 'REFUND_RELEASE', debit: REFUNDS_IN_SUSPENSE, credit: creditedAccountId } as const);
}

function creditAlerts({ before, decision }: DecidedCredit): NewAlert[] {
  const { refundId: subject, customerId, paymentId } = before;
  return decision.alerts.map((kind) => ({ kind, subject, customerId, details: { paymentId } }));
}
